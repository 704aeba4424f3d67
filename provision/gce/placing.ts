import { Problem } from "../../agent/contract/errors.ts";
import type { MachineWish } from "../cloud.ts";
import { ATTEMPT_MS, ask, type Calling } from "./calls.ts";
import { type Clients, oneAttempt } from "./clients.ts";
import type { Disks } from "./disks.ts";
import { instanceOf, type Listed, requestIdIn } from "./instance.ts";
import type { Listing } from "./listing.ts";
import { OperationProblem, type Operations, operationName } from "./operations.ts";
import { GoogleProblem } from "./problems.ts";
import type { GoogleSettings } from "./settings.ts";

/** A full zone says so within seconds. What is found out later shows as a machine that went away again. */
const ACCEPTED_MS = 10_000;
/** A disk without a machine goes within seconds. */
const DISK_MS = 10_000;
/** Trying one zone: a look, the call with an attempt that got no answer, and until it is accepted. */
export const ZONE_MS = 2 * ATTEMPT_MS + ACCEPTED_MS;
/** Google's own disturbance fails an insert that it had accepted: asked anew so often. */
const INSERTS_MOST = 3;
/** Looks without news before the operation itself is asked. */
const QUIET_LOOKS = 4;

export interface PlacingTools {
  settings: GoogleSettings;
  clients: Pick<Clients, "instances">;
  listing: Listing<Listed>;
  disks: Disks;
  operations: Operations;
}

/** Makes a machine in the first zone that has room. @throws Problem */
export async function place(tools: PlacingTools, wish: MachineWish, options: Calling = {}): Promise<void> {
  const { zones, machineType } = tools.settings;
  for (const zone of zones) if (await placeIn(tools, wish, zone, options)) return;
  const asked = `Google Cloud has no room for another machine (${machineType}) now in ${zones.join(" or ")}.`;
  // Trying again soon seldom helps, and whoever waits wants to know.
  throw new Problem(
    "STATE_CONFLICT",
    `${asked} Start again in some minutes. Whoever runs ClaraTeach can name further zones in CLARATEACH_GCE_ZONES.`,
  );
}

/** @returns false when the zone is full */
async function placeIn(tools: PlacingTools, wish: MachineWish, zone: string, options: Calling): Promise<boolean> {
  // One that was made before, by this call or another gateway's: not another one in the next zone.
  if (await isThere(tools, wish, options)) return true;
  await clearDisk(tools, wish, zone, options);
  try {
    await insertUntilAccepted(tools, wish, zone, options);
    return true;
  } catch (error) {
    if (isFull(error)) return false;
    // The name is taken: by ourselves, a moment ago, or by somebody else.
    if (error instanceof GoogleProblem && error.reason === "alreadyExists" && (await isThere(tools, wish, options))) return true;
    throw error;
  }
}

/** The tries have numbers of their own: a gateway that asks again meets what those before it asked for, in the same order. */
async function insertUntilAccepted(tools: PlacingTools, wish: MachineWish, zone: string, options: Calling): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const operation = await insert(tools, wish, { zone, attempt }, options);
      return await accepted(tools, wish, zone, operation, options);
    } catch (error) {
      const isPassing = error instanceof OperationProblem && error.isPassing && !isFull(error);
      if (!isPassing || attempt === INSERTS_MOST) throw error;
    }
  }
}

const isFull = (error: unknown): boolean =>
  error instanceof GoogleProblem && error.reason.startsWith("ZONE_RESOURCE_POOL_EXHAUSTED");

async function isThere({ listing }: PlacingTools, { name, workshop }: MachineWish, options: Calling): Promise<boolean> {
  const own = (await listing.next(options)).find((machine) => machine.name === name && machine.status !== "STOPPING");
  if (own && own.found.workshop !== workshop)
    throw new Problem(
      "STATE_CONFLICT",
      `The machine ${name} belongs to “${own.found.workshop}”, not to ${workshop}. Remove it by hand.`,
    );
  return own !== undefined;
}

/** Of a machine of this name that is gone: Google makes none beside it. */
async function clearDisk({ disks }: PlacingTools, { name }: MachineWish, zone: string, options: Calling): Promise<void> {
  const patience = Date.now() + DISK_MS;
  for (;;) {
    const disk = (await disks.next(options)).find((each) => each.name === name && each.zone === zone);
    // In use: somebody makes this machine right now, and what Google says of ours decides.
    if (!disk || disk.isUsed || Date.now() > patience) return;
    if (disk.found.status !== "stopping") await disks.remove(disk, options);
  }
}

async function insert(
  { settings, clients }: PlacingTools,
  wish: MachineWish,
  { zone, attempt }: { zone: string; attempt: number },
  options: Calling,
): Promise<string> {
  const request = {
    project: settings.project,
    zone,
    requestId: requestIdIn(zone, wish.requestId, attempt),
    instanceResource: instanceOf(settings, wish, zone, Date.now()),
  };
  return operationName(
    await ask(`make the machine ${wish.name} in ${zone}`, () => clients.instances.insert(request, oneAttempt()), options),
  );
}

/** Waits until the machine has a place. The list that all share tells it; the operation is asked when the machine isn't in it. */
async function accepted(
  { listing, operations }: PlacingTools,
  { name }: MachineWish,
  zone: string,
  operation: string,
  options: Calling,
): Promise<void> {
  const what = `make the machine ${name} in ${zone}`;
  const patience = Date.now() + ACCEPTED_MS;
  for (let look = 1; Date.now() < patience; look++) {
    const own = (await listing.next(options)).find((machine) => machine.name === name && machine.zone === zone);
    if (own && hasPlace(own)) return;
    if (own && look % QUIET_LOOKS !== 0) continue;
    if (await operations.ended(what, zone, operation, options)) return;
  }
}

const hasPlace = ({ status }: Listed): boolean => status !== "PROVISIONING" && status !== "PENDING";
