import { Problem } from "../../agent/contract/errors.ts";
import type { MachineWish } from "../cloud.ts";
import { ask, type Calling } from "./calls.ts";
import { type Clients, oneAttempt } from "./clients.ts";
import { instanceOf, type Listed, requestIdIn } from "./instance.ts";
import type { Listing } from "./listing.ts";
import { type Operations, operationName } from "./operations.ts";
import { GoogleProblem } from "./problems.ts";
import type { GoogleSettings } from "./settings.ts";

/** A full zone says so within seconds. What is found out later shows as a machine that went away again. */
const ACCEPTED_MS = 10_000;
/** Looks without news before the operation itself is asked. */
const QUIET_LOOKS = 4;

export interface PlacingTools {
  settings: GoogleSettings;
  clients: Pick<Clients, "instances">;
  listing: Listing;
  operations: Operations;
}

/** Makes a machine in the first zone that has room. @throws Problem */
export async function place(tools: PlacingTools, wish: MachineWish, options: Calling = {}): Promise<void> {
  const { zones, machineType } = tools.settings;
  for (const zone of zones) if (await placeIn(tools, wish, zone, options)) return;
  const message = `No zone has room for a ${machineType} now: ${zones.join(", ")} were asked. Try again later, or name further zones.`;
  throw new Problem("UNAVAILABLE", message);
}

/** @returns false when the zone is full */
async function placeIn(tools: PlacingTools, wish: MachineWish, zone: string, options: Calling): Promise<boolean> {
  // One that was made before, by this call or another gateway's: not another one in the next zone.
  if (await isThere(tools, wish, options)) return true;
  try {
    const operation = await insert(tools, wish, zone, options);
    await accepted(tools, wish, zone, operation, options);
    return true;
  } catch (error) {
    if (isFull(error)) return false;
    // The name is taken: by ourselves, a moment ago, or by somebody else.
    if (error instanceof GoogleProblem && error.reason === "alreadyExists" && (await isThere(tools, wish, options))) return true;
    throw error;
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

async function insert({ settings, clients }: PlacingTools, wish: MachineWish, zone: string, options: Calling): Promise<string> {
  const request = {
    project: settings.project,
    zone,
    requestId: requestIdIn(zone, wish.requestId),
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
