import { connect } from "node:tls";
import type { protos } from "@google-cloud/compute";
import { NOTHING } from "../../agent/contract/leftovers.ts";
import type { Leftovers } from "../../agent/contract/machine.ts";
import type { CallOptions, FoundMachine, Machines } from "../cloud.ts";
import { ask, pause } from "./calls.ts";
import { type Clients, oneAttempt } from "./clients.ts";
import { openDisks } from "./disks.ts";
import { type Listed, listedOf } from "./instance.ts";
import { openListing } from "./listing.ts";
import { OperationProblem, openOperations, operationName } from "./operations.ts";
import { place } from "./placing.ts";
import { GoogleProblem } from "./problems.ts";
import { type GoogleSettings, ownFilter } from "./settings.ts";

/** A machine that runs answers in a moment; one that boots doesn't answer at all. */
const PLANE_MS = 2000;
/** Others may write metadata, too (an operator's SSH key): read again, write again. */
const WRITES_MOST = 5;
/** What Google fails by itself it fails soon; who is longer at it has a copy that comes late, and no class is held up for that. */
const WRITTEN_MS = 3000;
const WRITTEN_LOOK_MS = 250;
/** Most that a page of a list holds. */
const PAGE = 500;
/** Of a boot that failed, the end says why. */
const LAST_WORDS = 2000;

type SetMetadata = protos.google.cloud.compute.v1.ISetMetadataInstanceRequest & { zone: string; instance: string };

/** Machines are VMs of this gateway's label, in any of its zones. */
export function openMachines(
  settings: GoogleSettings,
  clients: Pick<Clients, "instances" | "operations" | "disks">,
): Required<Omit<Machines, "fit">> {
  const { project } = settings;
  const listing = openListing("list the machines", all);
  const disks = openDisks(settings, clients);
  const operations = openOperations(project, clients);
  const tools = { settings, clients, listing, disks, operations };
  const named = async (name: string, options?: CallOptions) => (await listing.next(options)).filter((each) => each.name === name);

  async function all(): Promise<Listed[]> {
    const found: Listed[] = [];
    const wish = { project, filter: ownFilter(settings), maxResults: PAGE };
    const pages = clients.instances.aggregatedListAsync(wish, { ...oneAttempt(), autoPaginate: false });
    for await (const [, { instances: own }] of pages) for (const instance of own ?? []) found.push(listedOf(settings, instance));
    return found;
  }

  /** Of a machine that isn't listed any more. */
  const disksOf = async (name: string, options?: CallOptions) => (await disks.next(options)).filter((each) => each.name === name);

  async function list(options?: CallOptions): Promise<FoundMachine[]> {
    const [machines, all] = await Promise.all([listing.next(options), disks.next(options)]);
    return [...machines, ...all.filter(({ isUsed }) => !isUsed)].map(({ found }) => found);
  }

  async function remove(name: string, options?: CallOptions): Promise<Leftovers> {
    const there = await named(name, options);
    await Promise.all(there.filter(({ status }) => status !== "STOPPING").map((each) => removeOne(each, options)));
    if (there.length === 0) for (const disk of await disksOf(name, options)) await disks.remove(disk, options);
    return NOTHING;
  }

  async function removeOne({ name, zone }: Listed, options: CallOptions = {}): Promise<void> {
    const call = () => clients.instances.delete({ project, zone, instance: name }, oneAttempt());
    await ask(`remove the machine ${name} in ${zone}`, call, options).catch(unlessGone);
  }

  async function write(name: string, metadata: Record<string, string>, options: CallOptions = {}): Promise<void> {
    for (let write = 1; ; write++) {
      const [machine] = await named(name, options);
      if (!machine) throw new GoogleProblem(`write the metadata of ${name}`, "there is no such machine", 404, "notFound");
      const items = [
        ...machine.items.filter(({ key }) => !(key in metadata)),
        ...Object.entries(metadata).map(([key, value]) => ({ key, value })),
      ];
      const request = {
        project,
        zone: machine.zone,
        instance: name,
        metadataResource: { items, fingerprint: machine.fingerprint },
      };
      const failed = await written(request, options).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (!failed) return;
      const isOld = failed instanceof GoogleProblem && failed.http === 412;
      const isPassing = failed instanceof OperationProblem && failed.isPassing;
      if ((!isOld && !isPassing) || write === WRITES_MOST) throw failed;
    }
  }

  /** Accepted isn't written yet. @throws OperationProblem when it failed within `WRITTEN_MS` */
  async function written(request: SetMetadata, options: CallOptions): Promise<void> {
    const what = `write the metadata of ${request.instance}`;
    const operation = operationName(await ask(what, () => clients.instances.setMetadata(request, oneAttempt()), options));
    const patience = Date.now() + WRITTEN_MS;
    while (!(await operations.ended(what, request.zone, operation, options)) && Date.now() < patience)
      await pause(WRITTEN_LOOK_MS, options.signal);
  }

  async function lastWords(name: string, options: CallOptions = {}): Promise<string> {
    const [machine] = await named(name, options);
    if (!machine) return "";
    const request = { project, zone: machine.zone, instance: name, port: 1, start: -LAST_WORDS };
    const read = () => clients.instances.getSerialPortOutput(request, oneAttempt());
    return (await ask(`read the console of ${name}`, read, options))[0].contents ?? "";
  }

  return {
    create: (wish, options) => place(tools, wish, options),
    find: async (name, options) => {
      const all = await named(name, options);
      const machine = all.find(({ found }) => found.status === "running") ?? all[0];
      return machine ? asReached(machine.found, options) : (await disksOf(name, options))[0]?.found;
    },
    ...{ remove, write, lastWords, list },
  };
}

/** Deleted by another, or on its way. */
function unlessGone(error: unknown): void {
  const isGone = error instanceof GoogleProblem && (error.http === 404 || error.reason === "resourceNotReady");
  if (!isGone) throw error;
}

/** A VM runs long before its agent does. */
async function asReached(machine: FoundMachine, options?: CallOptions): Promise<FoundMachine> {
  if (machine.status !== "running") return machine;
  return machine.plane && (await answers(machine.plane, options)) ? machine : { ...machine, status: "starting" };
}

/** Whether anybody speaks TLS there; who it is, the first contact finds out. */
function answers({ host, port }: { host: string; port: number }, { signal }: CallOptions = {}): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const left = () => reject(signal?.reason);
  signal?.addEventListener("abort", left, { once: true });
  const timer = setTimeout(() => resolve(false), PLANE_MS);
  // Not by `fetch`: that would ask a proxy of the gateway's surroundings.
  const socket = connect({ host, port, rejectUnauthorized: false });
  socket.once("secureConnect", () => resolve(true)).once("error", () => resolve(false));
  return promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", left);
    socket.destroy();
  });
}
