import type { ChangeEvent } from "../contract/api.ts";
import { CHANGE_ID, type ChangeView } from "../contract/changes.ts";
import { CLOSE } from "../contract/close.ts";
import { Problem } from "../contract/errors.ts";
import type { Peer, PeerHandler } from "../contract/peer.ts";
import type { Call } from "../rows.ts";
import type { ChangesOf } from "./changes.ts";

/** The gateway has one, and each command that waits. */
const FOLLOWERS = 32;

/** What is held for one that doesn't read, in characters: a refresh of ten seats is 300 kB of events. */
const BEHIND_LIMIT = 1024 * 1024;

/** What was told last of a change: its status, and each task as JSON. */
interface Told {
  status: string;
  tasks: Map<string, string>;
}

interface Follower {
  peer: Peer;
  /** One change alone, where the call names it. */
  change: string | undefined;
  /** Sent since its reader is behind. */
  behind: number | undefined;
}

export interface ChangeEvents {
  /** `WS /v1/changes/events[?change=ID]`. @throws Problem INVALID_INPUT, RATE_LIMITED */
  open(call: Call, peer: Peer): PeerHandler;
}

/** Tells each follower each step of each task in order; nobody listening costs nothing. */
export function openChangeEvents(seats: ChangesOf): ChangeEvents {
  const followers = new Set<Follower>();
  const told = new Map<string, Told>();
  let stop: (() => void) | undefined;

  /** Compares with what was told last. Called after each saved step, so that none is passed over. */
  function look(): void {
    const open = seats.changes("in-progress");
    const ids = new Set(open.map(({ id }) => id));
    const over = [...told.keys()].filter((id) => !ids.has(id)).map((id) => seats.change(Number(id)));
    for (const change of [...over, ...open]) if (change) tellAbout(change);
    for (const id of told.keys()) if (!ids.has(id)) told.delete(id);
  }

  function tellAbout(change: ChangeView): void {
    const known = told.get(change.id);
    const now = toldOf(change);
    told.set(change.id, now);
    const tasks = known ? change.tasks.filter(({ id }) => known.tasks.get(id) !== now.tasks.get(id)) : [];
    for (const task of tasks) send({ type: "task", change: change.id, task }, change.id);
    if (known?.status !== now.status) send({ type: "change", change }, change.id);
  }

  function send(event: ChangeEvent, change: string): void {
    const frame = JSON.stringify(event);
    for (const one of [...followers]) if (one.change === undefined || one.change === change) sendTo(one, frame);
  }

  function sendTo(follower: Follower, frame: string): void {
    const sent = follower.peer.send(frame);
    if (sent < 0 || follower.behind !== undefined) follower.behind = (follower.behind ?? 0) + frame.length;
    if (sent === 0 || (follower.behind ?? 0) > BEHIND_LIMIT) {
      leave(follower);
      follower.peer.close(CLOSE.TOO_SLOW, "the events weren't read: connect again to see the changes as they are");
    }
  }

  function leave(follower: Follower): void {
    followers.delete(follower);
    if (followers.size > 0) return;
    stop?.();
    stop = undefined;
    told.clear();
  }

  return {
    open(call, peer) {
      const follower: Follower = { peer, change: changeOf(call), behind: undefined };
      if (followers.size >= FOLLOWERS)
        throw new Problem("RATE_LIMITED", `${followers.size} connections follow the changes here already: close one.`);
      // The others first: what is new since the last look is theirs too.
      look();
      const first = firstOf(seats, follower.change);
      stop ??= seats.onChange(look);
      followers.add(follower);
      for (const change of first) sendTo(follower, JSON.stringify({ type: "change", change }));
      return {
        message: () => {},
        drain: () => {
          follower.behind = undefined;
        },
        close: () => leave(follower),
      };
    },
  };
}

const toldOf = ({ status, endedAt, tasks }: ChangeView): Told => ({
  status: `${status} ${endedAt ?? ""}`,
  tasks: new Map(tasks.map((task) => [task.id, JSON.stringify(task)])),
});

/** The one that is asked for, though it be over: else its follower would wait for ever. */
function firstOf(seats: ChangesOf, id: string | undefined): ChangeView[] {
  if (id === undefined) return seats.changes("in-progress");
  const change = seats.change(Number(id));
  if (!change) throw new Problem("NOT_FOUND", `There is no change ${id}: it is kept for a day after its end.`);
  return [change];
}

function changeOf({ url }: Call): string | undefined {
  const id = url.searchParams.get("change") ?? undefined;
  if (id === undefined || CHANGE_ID.test(id)) return id;
  throw new Problem("INVALID_INPUT", `change is "${id.slice(0, 50)}": changes are numbered from 1.`);
}
