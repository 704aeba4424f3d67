import type { protos } from "@google-cloud/compute";
import { semaphore } from "../semaphore.ts";
import { ask, type Calling } from "./calls.ts";
import { type Clients, oneAttempt } from "./clients.ts";
import { GoogleProblem } from "./problems.ts";

type Operation = protos.google.cloud.compute.v1.IOperation;
type Failure = NonNullable<NonNullable<Operation["error"]>["errors"]>[number];

/** What was accepted and failed: the same request would be told of the same operation. */
export class OperationProblem extends GoogleProblem {}

/** Operations that are looked at side by side: the others wait, learners' calls need connections, too. */
const LOOKS_AT_ONCE = 8;

/** What became of an operation that was accepted: it may still fail, and tells so with an answer that is 200. */
export interface Operations {
  /**
   * One look.
   * @param what goes on after “Google Cloud could not ”
   * @returns whether it ended @throws OperationProblem when it failed: `reason` is the operation's code
   */
  ended(what: string, zone: string, name: string, options?: Calling): Promise<boolean>;
}

export function openOperations(project: string, { operations }: Pick<Clients, "operations">): Operations {
  const inTurn = semaphore(LOOKS_AT_ONCE);
  return {
    ended: (what, zone, operation, options) =>
      inTurn(async () => {
        const read = async () => (await operations.get({ project, zone, operation }, oneAttempt()))[0];
        const found = await ask(what, read, options);
        throwFailure(project, what, found);
        return found.status === "DONE";
      }),
  };
}

function throwFailure(project: string, what: string, { status, error, httpErrorStatusCode }: Operation): void {
  const [first] = error?.errors ?? [];
  if (status !== "DONE" || !first) return;
  const why = quotaWords(project, first) ?? first.message ?? "its operation failed";
  throw new OperationProblem(what, why, httpErrorStatusCode ?? 0, first.code ?? "");
}

/** Which quota, how much it is, and where more of it can be had. */
function quotaWords(project: string, { errorDetails }: Failure): string | undefined {
  const quota = errorDetails?.map(({ quotaInfo }) => quotaInfo).find((info) => info);
  if (!quota?.metricName) return undefined;
  const [metric, region] = [quota.metricName.split("/").at(-1)?.toUpperCase(), quota.dimensions?.region];
  const where = region ? ` in ${region}` : "";
  return `project ${project} may use ${quota.limit} ${metric}${where}, and this machine would be more. Stop another class, or ask for more at https://console.cloud.google.com/iam-admin/quotas?project=${project}, then start again`;
}

/** Of what a call that changes something answered. */
export const operationName = (answer: readonly [{ latestResponse?: unknown }, ...unknown[]]): string =>
  (answer[0].latestResponse as Operation | undefined)?.name ?? "";
