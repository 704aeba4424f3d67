import { RELAY_PORT } from "../../contract/llm.ts";
import type { SeatHandle } from "../seat.ts";
import { type Inside, runOn, runToEnd } from "./container/programs.ts";
import { PROGRAM_ENV } from "./container/sweep.ts";
import { attachTerminal, SESSION, TMUX } from "./container/terminal.ts";
import type { DockerHost } from "./docker-host.ts";
import type { Live, LiveSeats } from "./live.ts";
import { CDP_PORT, RUN_INSIDE } from "./names.ts";
import { dialSeat } from "./network/dial.ts";
import { listenIn } from "./network/netns.ts";

const HISTORY_LINES = 10_000;
/** 10,000 lines of ordinary text with colours; of a seat that fills wider ones the beginning is kept. */
const HISTORY_BYTES = 8 * 1024 * 1024;
/** A tmux that its learner has stopped never answers. */
const HISTORY_MS = 10_000;

export function handleOf(host: DockerHost, live: LiveSeats, seat: number, generation: number): SeatHandle {
  const [paths, uid] = [host.paths(seat), host.uid(seat)];
  const inside = ({ container }: Live): Inside => {
    return { docker: host.docker, container, uid, env: host.given.environment?.(seat, RELAY_PORT) ?? {} };
  };
  const start = <T>(use: (one: Inside) => Promise<T>): Promise<T> =>
    live.use(seat, (one) => {
      host.starts.take(seat);
      return use(inside(one));
    });
  return {
    seat,
    generation,
    workspace: paths.workspace,
    owner: { uid, gid: uid },
    run: { outside: paths.run, inside: RUN_INSIDE },
    isolation: "container",
    listen: (port, socket) => listenIn(live.network(seat), { hostname: "127.0.0.1", port }, socket),
    cdpPort: CDP_PORT,
    relayPort: RELAY_PORT,
    attach: (size) => start((one) => attachTerminal(one, size)),
    history: () =>
      start(async (one) =>
        historyOf((await runToEnd(one, HISTORY, { limit: HISTORY_BYTES, signal: AbortSignal.timeout(HISTORY_MS) })).stdout),
      ),
    dial: async (port) => dialSeat((await live.find(seat)).network, port),
    exec: (argv, options) => live.use(seat, (one) => runToEnd(inside(one), argv, options)),
    spawn: (argv, options) => start((one) => runOn(one, argv, { ...options, env: { ...options?.env, ...PROGRAM_ENV } })),
  };
}

const HISTORY = [TMUX, "-u", "capture-pane", "-p", "-e", "-J", "-S", `-${HISTORY_LINES}`, "-t", `=${SESSION}:`];

/** Lines end as terminals want it; empty ones at the end are the unused part of the screen. */
const historyOf = (text: string): Uint8Array => Buffer.from(text.replace(/\n+$/, "\n").replaceAll("\n", "\r\n"));
