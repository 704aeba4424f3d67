import { Problem } from "../../../contract/errors.ts";
import type { Grant } from "../../../interfaces/grants.ts";
import { isStashed } from "../renew/stashed.ts";
import type { SeatTask } from "../seat-task.ts";
import { grantsNoted, noteGrants, notePrevious } from "./connected.ts";
import type { DeviceConfig } from "./devices.ts";
import { noteMeant } from "./meant.ts";

/** Which connections it has is found out and noted: the container's start gives it what they bring. */
export async function resolveConnections({ task, seat, wish, connector }: SeatTask): Promise<void> {
  const { resolved, grants, meant } = await connector.wanted(seat, wish ?? {}, task.signal);
  noteGrants(task.memory, seat, task.change, grants);
  noteMeant(task.memory, seat, meant);
  for (const why of resolved.warnings) task.log(why);
  connector.warn(seat, resolved.warnings.map(asWarning));
}

/** Past the point of no return the new ones stay, whatever is undone. */
export async function formerConnections(at: SeatTask): Promise<void> {
  const { task, seat, name, host } = at;
  const isNewForGood = !(await isStashed(at)) && (await host.docker.inspectContainer(name)) !== undefined;
  if (!isNewForGood) notePrevious(task.memory, seat, task.change);
}

/** For a container that is made. What the machine hasn't is a warning: a class begins without it. */
export async function devicesOf({ task, seat, connector }: SeatTask): Promise<DeviceConfig> {
  const { host, missing } = await connector.devices(grantsNoted(task.memory, seat));
  for (const { why } of missing) task.log(why);
  connector.warn(seat, missing);
  return host;
}

/** For whoever starts a container. */
export async function giveConnections({ task, seat, connector }: SeatTask): Promise<void> {
  for (const { why } of await connector.giveNoted(seat, task.memory)) task.log(why);
}

/** In place, of a seat that runs; one that doesn't has them when it starts. @throws Problem for a new one that can't be made */
export async function changeConnections(at: SeatTask): Promise<void> {
  const { task, seat, connector } = at;
  const before = grantsNoted(task.memory, seat);
  await resolveConnections(at);
  const grants = grantsNoted(task.memory, seat);
  const back = { grants: before, former: grants, anyhow: true };
  const refused = await connector.give(seat, { grants, former: before }).catch(async (error) => {
    await connector.give(seat, back);
    throw error;
  });
  const isNew = (plug: string) => !before.some((one) => one.plug === plug && Bun.deepEquals(one, grantOf(plug, grants)));
  const failed = refused.filter(({ plug }) => isNew(plug));
  if (failed.length > 0) {
    await connector.give(seat, back);
    throw new Problem("UNAVAILABLE", failed.map(({ why }) => why).join(" "));
  }
  connector.warn(seat, refused);
}

export async function formerConnectionsNow(at: SeatTask): Promise<void> {
  const { task, seat, connector } = at;
  const former = grantsNoted(task.memory, seat);
  notePrevious(task.memory, seat, task.change);
  await connector.give(seat, { grants: grantsNoted(task.memory, seat), former, anyhow: true });
}

const grantOf = (plug: string, grants: readonly Grant[]) => grants.find((one) => one.plug === plug);
/** Each begins with the plug's name. */
const asWarning = (why: string) => ({ plug: why.split(" ")[0] ?? "", why });
