import { EXEC_FRAME_LIMIT, type ExecEnd, type ExecInputEnd, type ExecResize, type Workshop } from "../contract/api.ts";
import { type Command, CommandFailure, command } from "../contract/command-line.ts";
import { type AgentApi, openApi } from "./agent-api.ts";
import { ABOUT_SEATS } from "./asks.ts";
import { OwnTerminal } from "./own-terminal.ts";
import { plain } from "./plain.ts";
import { oneSeat, SEAT } from "./seat-words.ts";
import { watched } from "./waiting.ts";
import { MACHINE_OPTION } from "./which.ts";

/** Not the program's code: it wasn't begun, or cut. The one that `docker run` has for it. */
const OURS_EXIT_CODE = 125;
/** As a shell counts SIGPIPE. */
const UNREAD_EXIT_CODE = 141;

/** Of what is put in and not yet taken, in bytes; looked at so often. */
const BEHIND_LIMIT = 1024 * 1024;
const AGAIN_MS = 5;

const common = { options: { machine: MACHINE_OPTION }, group: ABOUT_SEATS };

export const execCommand: Command = command(
  {
    ...{ name: "exec", about: "runs a program in a seat, as its learner, in /workspace; its exit code is the program's, or 125" },
    ...{ words: [SEAT, { name: "PROGRAM", about: "what runs, and what it is given", many: true }], program: true, ...common },
  },
  async ({ machine }, [seat, ...argv]) => process.exit(await runInSeat(openApi(machine), seat, argv)),
);

export const shellCommand: Command = command(
  { name: "shell", about: "opens a login shell in a seat, as its learner", words: [SEAT], ...common },
  async ({ machine }, [seat]) => process.exit(await runInSeat(openApi(machine), seat, [])),
);

/** Until it ends: its exit code. @param word which seat @throws CommandFailure when it can't begin, or is cut */
export async function runInSeat(api: AgentApi, word: string | undefined, argv: readonly string[]): Promise<number> {
  const seat = await oneSeat(api, word);
  await whenMade(api, seat);
  const terminal = new OwnTerminal();
  const socket = api.socket(`/v1/exec?${queryOf(seat, argv, terminal)}`);
  const ended = endOf(socket, terminal, seat);
  socket.onopen = () =>
    terminal.take({
      keys: (bytes) => send(socket, bytes),
      end: () => socket.send(JSON.stringify({ type: "end" } satisfies ExecInputEnd)),
      resized: (size) => socket.send(JSON.stringify({ type: "resize", ...size } satisfies ExecResize)),
    });
  try {
    const code = await ended;
    terminal.giveBack();
    return code;
  } catch (error) {
    terminal.giveBack(true);
    throw error;
  }
}

/** One that is being made, or repaired after a restart, is entered once it is there. @throws CommandFailure for one that isn't the machine's */
async function whenMade(api: AgentApi, seat: string): Promise<void> {
  try {
    const { status, change } = await api.get<Workshop>(`/v1/workshops/${seat}`);
    if (status === "pending" && change !== undefined) await watched(api, [change], false);
  } catch (error) {
    if (!(error instanceof CommandFailure) || error.exitCode !== 1) throw error;
    throw new CommandFailure(OURS_EXIT_CODE, error.message, { cause: error });
  }
}

/** Without a terminal of ours the program has none either, or bytes would change on their way. */
function queryOf(seat: string, argv: readonly string[], terminal: OwnTerminal): URLSearchParams {
  const query = new URLSearchParams([["seat", seat], ...argv.map((one) => ["arg", one])]);
  if (!terminal.isTerminal) query.set("pipes", "yes");
  else for (const [name, value] of Object.entries(terminal.size())) query.set(name, String(value));
  return query;
}

/** Resolves when more may be sent. */
async function send(socket: WebSocket, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; at += EXEC_FRAME_LIMIT) {
    socket.send(bytes.slice(at, at + EXEC_FRAME_LIMIT));
    while (socket.bufferedAmount > BEHIND_LIMIT) await Bun.sleep(AGAIN_MS);
  }
}

/** Shows what comes, and tells how it ended. */
function endOf(socket: WebSocket, terminal: OwnTerminal, seat: string): Promise<number> {
  const ended = Promise.withResolvers<number>();
  const show = (bytes: Uint8Array) => {
    if (terminal.isTerminal) terminal.show(bytes);
    else terminal.show(bytes.subarray(1), bytes[0] === 2 ? 2 : 1);
  };
  const tell = (end: ExecEnd) => {
    if (end.type === "exit") ended.resolve(end.code);
    else ended.reject(new CommandFailure(OURS_EXIT_CODE, plain(end.error.message)));
  };
  socket.onmessage = ({ data }) => {
    if (typeof data === "string") return tell(JSON.parse(data) as ExecEnd);
    try {
      show(new Uint8Array(data as ArrayBuffer));
    } catch {
      socket.close();
      ended.resolve(UNREAD_EXIT_CODE);
    }
  };
  const cut = `The way to seat ${seat} was cut: its agent ended, or the seat did.`;
  socket.onclose = ({ reason }) => ended.reject(new CommandFailure(OURS_EXIT_CODE, plain(reason) || cut));
  return ended.promise;
}
