import { type Call, param, type Route } from "../call.ts";
import { notFound } from "../refusal.ts";
import type { World } from "../world.ts";
import { linkTo, newId, timeText } from "./addresses.ts";
import { checkedRequestId } from "./limits.ts";
import { aggregated, listed } from "./lists.ts";
import { checkZone } from "./places.ts";
import type { Operation, OperationError } from "./state.ts";

/** `wait` answers after this long, done or not. */
const WAIT_MOST_MS = 120_000;
/** Between two looks of one who waits. */
const LOOK_MS = 5;

export interface Work {
  /** `insert`, `delete`, `setMetadata`. */
  type: string;
  /** Of what is changed: `zones/a/instances/b`. */
  target: string;
  targetId: string;
  /** Undefined: a global one. */
  zone?: string;
  /** How long it takes. */
  ms: number;
  /** Done when it ends, unless a test said that it fails. @returns what failed it, if so */
  finish?(time: number): OperationError | undefined;
  /** Instead of `finish`, when it fails by a test's word. */
  fail?(time: number, error: OperationError): void;
}

/** The operation that the same request id began: no second one is begun. */
export function repeated({ world, query }: Call): Operation | undefined {
  const id = checkedRequestId(query);
  const known = id && world.compute.requests.get(id);
  return known ? world.compute.operations.get(known) : undefined;
}

export function begin(call: Call, work: Work): Operation {
  const { world, query, fault } = call;
  const id = checkedRequestId(query);
  const operation = newOperation(world, work, id);
  world.compute.operations.set(operation.name, operation);
  if (id) world.compute.requests.set(id, operation.name);
  const scripted = fault?.kind === "operation" ? scriptedError(fault) : undefined;
  world.clock.at(world.clock.now() + work.ms, (time) => {
    if (scripted) work.fail?.(time, scripted);
    finish(operation, time, scripted ?? work.finish?.(time));
  });
  // As it is at this moment: the first answer is of one that runs.
  return { ...operation };
}

const scriptedError = ({ code, message, status }: { code: string; message?: string; status?: number }): OperationError => ({
  code,
  message: message ?? `The operation failed: ${code}`,
  status: status ?? 400,
});

function newOperation(world: World, { type, target, targetId, zone }: Work, requestId?: string): Operation {
  const now = world.clock.now();
  const hex = (n: number) => crypto.randomUUID().replaceAll("-", "").slice(0, n);
  // Milliseconds, and the same time in microseconds.
  const name = `operation-${now}-${(now * 1000).toString(16).padStart(13, "0")}-${hex(8)}-${hex(8)}`;
  const started = timeText(now);
  const where = zone ? `zones/${zone}` : "global";
  return {
    kind: "compute#operation",
    id: newId(world),
    name,
    ...(requestId && { clientOperationId: requestId }),
    operationType: type,
    targetLink: linkTo(world, target),
    targetId,
    status: "RUNNING",
    progress: 0,
    user: `gateway@${world.project}.iam.gserviceaccount.com`,
    insertTime: started,
    startTime: started,
    ...(zone && { zone: linkTo(world, where) }),
    selfLink: linkTo(world, `${where}/operations/${name}`),
  };
}

const HTTP_WORDS: Record<number, string> = {
  400: "BAD REQUEST",
  403: "FORBIDDEN",
  404: "NOT FOUND",
  409: "CONFLICT",
  412: "PRECONDITION FAILED",
  503: "SERVICE UNAVAILABLE",
};

function finish(operation: Operation, time: number, error?: OperationError): void {
  Object.assign(operation, { status: "DONE", progress: 100, endTime: timeText(time) });
  if (!error) return;
  const { code, message, status, errorDetails } = error;
  operation.error = { errors: [{ code, message, ...(errorDetails && { errorDetails }) }] };
  Object.assign(operation, { httpErrorStatusCode: status, httpErrorMessage: HTTP_WORDS[status] ?? "INTERNAL SERVER ERROR" });
}

function found(call: Call): Operation {
  const { world, params } = call;
  const [zone, name] = [params.zone, param(call, "operation")];
  const operation = world.compute.operations.get(name);
  const where = zone ? `zones/${zone}` : "global";
  const selfLink = linkTo(world, `${where}/operations/${name}`);
  if (operation?.selfLink === selfLink) return operation;
  throw notFound(`The resource 'projects/${world.project}/${where}/operations/${name}' was not found`);
}

async function wait(call: Call): Promise<Operation> {
  const end = Date.now() + WAIT_MOST_MS;
  for (;;) {
    call.world.clock.settle();
    const operation = found(call);
    if (operation.status === "DONE" || Date.now() > end || call.signal.aborted) return operation;
    await Bun.sleep(LOOK_MS);
  }
}

/** `zones/europe-west4-a`, `global` */
const scopeOf = ({ selfLink }: Operation): string =>
  /\/((?:zones\/[^/]+|global))\/operations\//.exec(String(selfLink))?.[1] ?? "";

function list(call: Call): unknown {
  const { zone } = call.params;
  const where = zone ? `zones/${checkZone(call.world, zone)}` : "global";
  const own = [...call.world.compute.operations.values()].filter((each) => scopeOf(each) === where);
  return listed(call, "compute#operationList", `${where}/operations`, own);
}

function everywhere(call: Call): unknown {
  const { compute, zones } = call.world;
  const all = [...compute.operations.values()].map((operation) => ({ scope: scopeOf(operation), resource: operation }));
  const scopes = ["global", ...zones.map((zone) => `zones/${zone}`)];
  return aggregated(call, "compute#operationAggregatedList", "operations", all, scopes);
}

const ROOT = "/compute/v1/projects/{project}";

export const operationRoutes: Route[] = [
  ["GET", `${ROOT}/aggregated/operations`, everywhere],
  ...["zones/{zone}", "global"].flatMap((where): Route[] => {
    const room = `${ROOT}/${where}/operations`;
    return [
      ["GET", room, list],
      ["GET", `${room}/{operation}`, found],
      ["POST", `${room}/{operation}/wait`, wait],
    ];
  }),
];
