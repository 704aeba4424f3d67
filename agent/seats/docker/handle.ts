import { RELAY_PORT } from "../../contract/llm.ts";
import { MAIN } from "../../contract/terminal.ts";
import { listeningBy, portsOf } from "../listening.ts";
import type { SeatHandle } from "../seat.ts";
import { runOnPipes } from "./container/pipes.ts";
import { type Inside, runOn, runToEnd } from "./container/programs.ts";
import { PROGRAM_ENV } from "./container/sweep.ts";
import { askTmux, attachTerminal, runOnTerminal } from "./container/terminal.ts";
import type { Live } from "./live.ts";
import { CDP_PORT, RUN_INSIDE } from "./names.ts";
import { dialSeat } from "./network/dial.ts";
import { listenIn, openListIn } from "./network/netns.ts";
import type { SeatParts } from "./seat-task.ts";

const HISTORY_LINES = 10_000;
/** 10,000 lines of ordinary text with colours; of a seat that fills wider ones the beginning is kept. */
const HISTORY_BYTES = 8 * 1024 * 1024;

export function handleOf(
  { host, live, connector, besides }: Pick<SeatParts, "host" | "live" | "connector" | "besides">,
  seat: number,
  generation: number,
): SeatHandle {
  const [paths, uid, gid] = [host.paths(seat), host.uid(seat), host.gid(seat)];
  const inside = ({ container }: Live): Inside => {
    const env = { ...host.given.environment?.(seat, RELAY_PORT), ...connector.environment(seat) };
    return { docker: host.docker, container, uid, gid, env };
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
    owner: { uid, gid },
    run: { outside: paths.run, inside: RUN_INSIDE },
    isolation: "container",
    listen: (port, socket) => listenIn(live.network(seat), { hostname: "127.0.0.1", port }, socket),
    cdpPort: CDP_PORT,
    relayPort: RELAY_PORT,
    attach: (size, name = MAIN) => start((one) => attachTerminal(one, { size, name })),
    // The machine's owner asks: that isn't counted to the learner's pages.
    runOnTerminal: (argv, size) => live.use(seat, (one) => runOnTerminal(inside(one), argv, size)),
    runOnPipes: (argv) => live.use(seat, (one) => runOnPipes(inside(one), argv)),
    history: (name = MAIN) => start(async (one) => historyOf((await askTmux(one, capture(name), HISTORY_BYTES)).stdout)),
    askTmux: (argv) => start((one) => askTmux(one, argv)),
    dial: async (port) => dialSeat((await live.find(seat)).network, port),
    listening: async () => {
      const { network } = await live.find(seat);
      // What the agent itself listens on there isn't the learner's.
      return portsOf(
        listeningBy((kind) => openListIn(network, kind)),
        (one) => one.uid === uid,
      );
    },
    exec: (argv, options) => live.use(seat, (one) => runToEnd(inside(one), argv, options)),
    spawn: (argv, options) => start((one) => runOn(one, argv, { ...options, env: { ...options?.env, ...PROGRAM_ENV } })),
    beside: (wish) => besides.start(seat, wish),
  };
}

const capture = (name: string): string[] => ["capture-pane", "-p", "-e", "-J", "-S", `-${HISTORY_LINES}`, "-t", `=${name}:`];

/** Lines end as terminals want it; empty ones at the end are the unused part of the screen. */
const historyOf = (text: string): Uint8Array => Buffer.from(text.replace(/\n+$/, "\n").replaceAll("\n", "\r\n"));
