import { type Changes, WAIT_LIMIT_SECONDS } from "../contract/api.ts";
import { CHANGE_SELECTIONS, type ChangeView } from "../contract/changes.ts";
import { Problem } from "../contract/errors.ts";
import type { Call } from "../rows.ts";
import type { SeatManager } from "../seats/manager.ts";
import { changeIn, wordIn } from "./read.ts";

/** Each looks at its change whenever anything changes: more of them would take the machine's time from its seats. */
const WAITING_CALLS = 64;

export type ChangesOf = Pick<SeatManager, "change" | "changes" | "onChange">;

/** What the machine does and did, and waiting for the end of it. */
export interface ChangesApi {
  list(call: Call): Response;
  one(call: Call): Response;
  /** 200 with the change once it has ended. @throws Problem TIMEOUT, NOT_FOUND, INVALID_INPUT, RATE_LIMITED */
  wait(call: Call): Promise<Response>;
}

export function changesApi(seats: ChangesOf): ChangesApi {
  let waiting = 0;

  const viewOf = (id: number): ChangeView => {
    const view = seats.change(id);
    if (!view) throw new Problem("NOT_FOUND", `There is no change ${id}: it is kept for a day after its end.`);
    return view;
  };

  async function wait(call: Call): Promise<Response> {
    const [id, seconds] = [changeIn(call), secondsIn(call)];
    if (waiting >= WAITING_CALLS)
      throw new Problem("RATE_LIMITED", `${waiting} calls wait for changes here already: try again when some are done.`);
    waiting++;
    try {
      return Response.json(await ended(seats, () => viewOf(id), seconds, call.request.signal));
    } finally {
      waiting--;
    }
  }

  return {
    list: (call) => Response.json({ changes: seats.changes(wordIn(call, "select", CHANGE_SELECTIONS)) } satisfies Changes),
    one: (call) => Response.json(viewOf(changeIn(call))),
    wait,
  };
}

/** The change once it has ended. @throws Problem TIMEOUT; whatever `view` throws */
async function ended(seats: ChangesOf, view: () => ChangeView, seconds: number, gone: AbortSignal): Promise<ChangeView> {
  const done = Promise.withResolvers<ChangeView>();
  const look = () => {
    try {
      const now = view();
      if (now.endedAt !== undefined) done.resolve(now);
    } catch (error) {
      done.reject(error);
    }
  };
  const late = () => done.reject(new Problem("TIMEOUT", `The change hasn't ended within ${seconds} s: ask again.`));
  const timer = setTimeout(late, seconds * 1000);
  const stop = seats.onChange(look);
  gone.addEventListener("abort", late, { once: true });
  look();
  try {
    return await done.promise;
  } finally {
    clearTimeout(timer);
    stop();
    gone.removeEventListener("abort", late);
  }
}

function secondsIn({ url }: Call): number {
  const given = url.searchParams.get("timeout");
  const seconds = given === null ? WAIT_LIMIT_SECONDS : Number(given);
  if (given !== "" && seconds >= 0 && seconds <= WAIT_LIMIT_SECONDS) return seconds;
  throw new Problem(
    "INVALID_INPUT",
    `timeout is "${given?.slice(0, 50)}": it is a number of seconds from 0 to ${WAIT_LIMIT_SECONDS}. To wait longer, ask again.`,
  );
}
