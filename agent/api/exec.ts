import { Value } from "@sinclair/typebox/value";
import { EXEC_FRAME_LIMIT, type ExecEnd, ExecInputEnd, ExecResize } from "../contract/api.ts";
import { CLOSE } from "../contract/close.ts";
import { Problem } from "../contract/errors.ts";
import type { Peer, PeerHandler } from "../contract/peer.ts";
import { parseSeatName } from "../contract/seats.ts";
import type { Call, SocketRow } from "../rows.ts";
import type { SeatManager } from "../seats/manager.ts";
import type { PipedProgram, SeatHandle, SeatProgram, Size } from "../seats/seat.ts";

/** Each is a program in a seat and a connection to the daemon; whoever needs more writes a loop. */
const PROGRAMS = 32;

/** Of all arguments together, in characters: what an address line takes beside them. */
const ARGUMENTS_LIMIT = 8 * 1024;

/** Typed before the program has begun, in bytes: from here on nothing more is read. */
const EARLY_ENOUGH = 256 * 1024;
/** And what had been read by then is no more than this. */
const EARLY_LIMIT = 2 * 1024 * 1024;

/** The shell that the learner has, as at a login. */
const SHELL: readonly string[] = ["bash", "-l"];

const DEFAULT_SIZE: Size = { cols: 80, rows: 24 };

/** `WS /v1/exec`: see contract/api.ts. */
export function openExec(seats: Pick<SeatManager, "seatToMend">): { open: SocketRow<Call>["open"] } {
  let running = 0;
  return {
    open: (call, peer) => {
      const [handle, argv, size] = [seatIn(call, seats), argumentsIn(call), sizeIn(call)];
      const onPipes = hasPipes(call);
      const begin = () => (onPipes ? handle.runOnPipes(argv) : handle.runOnTerminal(argv, size));
      if (running >= PROGRAMS)
        throw new Problem("RATE_LIMITED", `${running} programs run over this API already: try again when some have ended.`);
      running++;
      const exec = new Exec(peer, () => running--);
      void exec.run(argv, begin);
      return exec;
    },
  };
}

type Program = SeatProgram | PipedProgram;

/** One program and whoever looks at it; neither is faster than the other. */
class Exec implements PeerHandler {
  readonly #peer: Peer;
  readonly #ended: () => void;
  #program: Program | undefined;
  #early: Uint8Array[] = [];
  #earlyBytes = 0;
  #size: Size | undefined;
  #inputEnded = false;
  #undrained = 0;
  #closed = false;

  constructor(peer: Peer, ended: () => void) {
    this.#peer = peer;
    this.#ended = ended;
  }

  async run(argv: readonly string[], begin: () => Promise<Program>): Promise<void> {
    try {
      const program = await begin();
      // Its viewer may have gone while it began.
      if (this.#closed) return program.close();
      this.#begin(program);
      const code = await program.code;
      this.#say({ type: "exit", code });
    } catch (error) {
      this.#say({ type: "error", error: refusalOf(error, argv) });
    }
  }

  message(data: string | Uint8Array): void {
    if (data.length > EXEC_FRAME_LIMIT) throw new Problem("TOO_LARGE", `a frame has at most ${EXEC_FRAME_LIMIT} bytes`);
    if (typeof data === "string") this.#control(frameOf(data));
    else if (this.#program) this.#type(this.#program, data);
    else this.#keep(data);
  }

  drain(): void {
    this.#program?.resume();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ended();
    this.#program?.close();
  }

  #begin(program: Program): void {
    this.#program = program;
    program.onData((bytes: Uint8Array, output?: 1 | 2) => this.#show(program, output ? marked(output, bytes) : bytes));
    for (const bytes of this.#early.splice(0)) this.#type(program, bytes);
    this.#tell(program);
    if (this.#earlyBytes > EARLY_ENOUGH && this.#undrained === 0) this.#peer.resume();
  }

  #show(program: Program, bytes: Uint8Array): void {
    const sent = this.#peer.send(bytes);
    if (sent < 0) program.pause();
    if (sent === 0) this.#peer.close(CLOSE.TOO_SLOW, "what the program prints wasn't read");
  }

  #type(program: Program, bytes: Uint8Array): void {
    if (program.write(bytes)) return;
    this.#undrained++;
    this.#peer.pause();
    void Promise.race([program.drained, program.exited]).then(() => {
      if (--this.#undrained === 0) this.#peer.resume();
    });
  }

  #keep(bytes: Uint8Array): void {
    this.#earlyBytes += bytes.length;
    if (this.#earlyBytes > EARLY_LIMIT) throw new Problem("TOO_LARGE", "the program hasn't begun: what is typed waits for it");
    this.#early.push(bytes.slice());
    if (this.#earlyBytes > EARLY_ENOUGH) this.#peer.pause();
  }

  #control(frame: ExecResize | ExecInputEnd): void {
    if (frame.type === "end") this.#inputEnded = true;
    else this.#size = { cols: frame.cols, rows: frame.rows };
    if (this.#program) this.#tell(this.#program);
  }

  /** What was said by text frames and isn't told yet: a size for terminals, an end for pipes. */
  #tell(program: Program): void {
    if ("endInput" in program) {
      if (this.#inputEnded) program.endInput();
    } else if (this.#size) program.resize(this.#size);
    this.#size = undefined;
    this.#inputEnded = false;
  }

  /** The last word; what was printed before it is sent already. */
  #say(end: ExecEnd): void {
    if (this.#closed) return;
    this.#peer.send(JSON.stringify(end));
    this.#peer.close(NORMAL, "");
  }
}

function marked(output: 1 | 2, bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(1 + bytes.length);
  frame[0] = output;
  frame.set(bytes, 1);
  return frame;
}

/** RFC 6455 §7.4.1. */
const NORMAL = 1000;

function frameOf(text: string): ExecResize | ExecInputEnd {
  try {
    const frame: unknown = JSON.parse(text);
    if (Value.Check(ExecResize, frame) || Value.Check(ExecInputEnd, frame)) return frame;
  } catch {
    // As what has another shape.
  }
  throw new Problem("INVALID_INPUT", 'a text frame is {"type":"resize","cols":80,"rows":24}; what is typed comes in binary ones');
}

function refusalOf(error: unknown, argv: readonly string[]): { code: string; message: string } {
  if (error instanceof Problem) return { code: error.code, message: error.message };
  const why = error instanceof Error ? error.message : String(error);
  return { code: "UNAVAILABLE", message: `"${argv[0]}" could not be run: ${why}` };
}

function seatIn({ url }: Call, seats: Pick<SeatManager, "seatToMend">): SeatHandle {
  const name = url.searchParams.get("seat") ?? "";
  const handle = seats.seatToMend(parseSeatName(name) ?? 0);
  if (handle) return handle;
  throw new Problem("NOT_RUNNING", `seat "${name.slice(0, 20)}" doesn't run: the list of seats says how each is`);
}

function argumentsIn({ url }: Call): readonly string[] {
  const argv = url.searchParams.getAll("arg");
  if (argv.length === 0) return SHELL;
  if (argv[0] === "" || argv.some((one) => one.includes("\0")))
    throw new Problem("INVALID_INPUT", "the first arg is the program's name, and none has a NUL");
  if (argv.reduce((sum, one) => sum + one.length, 0) <= ARGUMENTS_LIMIT) return argv;
  throw new Problem("TOO_LARGE", `all args together have at most ${ARGUMENTS_LIMIT} characters: put them into a file`);
}

function hasPipes({ url }: Call): boolean {
  const pipes = url.searchParams.get("pipes");
  if (pipes === null || pipes === "yes") return pipes !== null;
  throw new Problem("INVALID_INPUT", `pipes is "${pipes.slice(0, 20)}": it is yes, or left out for a terminal`);
}

function sizeIn({ url }: Call): Size {
  const [cols, rows] = [url.searchParams.get("cols"), url.searchParams.get("rows")];
  if (cols === null && rows === null) return DEFAULT_SIZE;
  const size = { type: "resize", cols: Number(cols), rows: Number(rows) };
  if (Value.Check(ExecResize, size)) return { cols: size.cols, rows: size.rows };
  throw new Problem("INVALID_INPUT", `a terminal of ${cols} × ${rows} can't be had`);
}
