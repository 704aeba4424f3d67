import { connect } from "node:tls";
import { NOTHING } from "../../agent/contract/leftovers.ts";
import type { Leftovers } from "../../agent/contract/machine.ts";
import type { CallOptions, FoundMachine, Machines } from "../cloud.ts";
import { ask } from "./calls.ts";
import { type Clients, oneAttempt } from "./clients.ts";
import type { Listed } from "./instance.ts";
import { openListing } from "./listing.ts";
import { openOperations } from "./operations.ts";
import { place } from "./placing.ts";
import { GoogleProblem } from "./problems.ts";
import type { GoogleSettings } from "./settings.ts";

/** A machine that runs answers in a moment; one that boots doesn't answer at all. */
const PLANE_MS = 2000;
/** Others may write metadata, too (an operator's SSH key): read again, write again. */
const WRITES_MOST = 5;
/** Of a boot that failed, the end says why. */
const LAST_WORDS = 2000;

/** Machines are VMs of this gateway's label, in any of its zones. */
export function openMachines(
  settings: GoogleSettings,
  clients: Pick<Clients, "instances" | "operations">,
): Required<Omit<Machines, "fit">> {
  const { project } = settings;
  const listing = openListing(settings, clients);
  const operations = openOperations(project, clients);
  const tools = { settings, clients, listing, operations };
  const named = async (name: string, options?: CallOptions) => (await listing.next(options)).filter((each) => each.name === name);

  async function remove(name: string, options?: CallOptions): Promise<Leftovers> {
    await Promise.all(
      (await named(name, options)).filter(({ status }) => status !== "STOPPING").map((each) => removeOne(each, options)),
    );
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
      const sent = ask(`write the metadata of ${name}`, () => clients.instances.setMetadata(request, oneAttempt()), options);
      const failed = await sent.then(
        () => undefined,
        (error: unknown) => error,
      );
      if (!failed) return;
      const isOld = failed instanceof GoogleProblem && failed.http === 412;
      if (!isOld || write === WRITES_MOST) throw failed;
    }
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
      return machine && asReached(machine.found, options);
    },
    ...{ remove, write, lastWords },
    list: async (options) => (await listing.next(options)).map(({ found }) => found),
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
