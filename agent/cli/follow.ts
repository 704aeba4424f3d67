import type { ChangeEvent } from "../contract/api.ts";
import type { ChangeView } from "../contract/changes.ts";
import { CommandFailure } from "../contract/command-line.ts";
import type { AgentApi } from "./agent-api.ts";
import { plainLine } from "./plain.ts";
import { NO_AGENT_EXIT_CODE } from "./which.ts";

/** An agent that is updated or was killed comes back within seconds, and goes on with what it did. */
const AWAY_LIMIT_MS = 60_000;
const AGAIN_MS = 250;

/** Why a socket is refused: what it asked for isn't there, or isn't allowed (RFC 6455 §7.4.1). */
const REFUSED = 1011;

export interface Watching {
  /** After each step; the first is how it is now. */
  step(change: ChangeView): void;
  /** The agent doesn't answer just now. */
  away(): void;
}

/**
 * Follows a change until it has ended or waits for a person, over restarts of the agent.
 * @throws CommandFailure when there is no such change, or the agent stays away
 */
export async function followChange(api: AgentApi, id: string, watching: Watching): Promise<ChangeView> {
  let change: ChangeView | undefined;
  const step = (now: ChangeView) => {
    change = now;
    watching.step(now);
  };
  let heard = Date.now();
  for (;;) {
    const cut = await followOnce(api, id, change, step);
    if (change && rests(change)) return change;
    if (cut.code === REFUSED) throw new CommandFailure(1, plainLine(cut.reason));
    if (cut.heard) heard = Date.now();
    if (Date.now() - heard > AWAY_LIMIT_MS) throw stayedAway(api, id);
    watching.away();
    await Bun.sleep(AGAIN_MS);
  }
}

/** Nothing goes on in it until a person does something. */
export const rests = ({ status, endedAt }: ChangeView): boolean => endedAt !== undefined || status === "wait";

interface Cut {
  code: number;
  reason: string;
  /** Something came before it was cut. */
  heard: boolean;
}

/** Until the change rests, or the socket closes. */
function followOnce(api: AgentApi, id: string, known: ChangeView | undefined, step: (now: ChangeView) => void): Promise<Cut> {
  const done = Promise.withResolvers<Cut>();
  let [change, heard] = [known, false];
  let socket: WebSocket;
  try {
    socket = api.socket(`/v1/changes/events?change=${id}`);
  } catch (error) {
    // It was there before, so that it may be on its way back.
    if (known) return Promise.resolve({ code: 0, reason: "", heard });
    throw error;
  }
  socket.onmessage = ({ data }) => {
    heard = true;
    change = after(change, JSON.parse(String(data)) as ChangeEvent);
    if (!change) return;
    step(change);
    if (rests(change)) socket.close();
  };
  socket.onclose = ({ code, reason }) => done.resolve({ code, reason, heard });
  return done.promise;
}

function after(change: ChangeView | undefined, event: ChangeEvent): ChangeView | undefined {
  if (event.type === "change") return event.change;
  return change && { ...change, tasks: change.tasks.map((task) => (task.id === event.task.id ? event.task : task)) };
}

const stayedAway = (api: AgentApi, id: string): CommandFailure =>
  new CommandFailure(
    NO_AGENT_EXIT_CODE,
    `The agent of "${plainLine(api.machine.name)}" doesn't answer any more. Change ${id} goes on once it runs again; then ${api.line(`tasks ${id}`)} shows it.`,
  );
