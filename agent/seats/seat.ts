import type { SocketHandler, TCPSocketListener } from "bun";

/** What terminals, files, previews and the relay know of a seat. Each runtime makes its own; nothing else crosses. */
export interface SeatHandle {
  readonly seat: number;
  readonly generation: number;
  /** Directory on the machine that is `/workspace` to the learner. */
  readonly workspace: string;
  /** Owner of what the agent makes in it. */
  readonly owner: { uid: number; gid: number };
  /** A directory for sockets, seen by both sides: `outside` by the agent, `inside` by processes of the seat. Paths stay under 90 bytes. */
  readonly run: { outside: string; inside: string };
  /** `container`: that is the wall. Programs with a sandbox of their own (browsers) can't use it there, and needn't. Missing: none. */
  readonly isolation?: "container";
  /**
   * Listens on the seat's own localhost, for what the agent itself serves to one seat. Missing: the seat's localhost is the machine's.
   * @throws Problem when the seat isn't running, or the port is taken
   */
  listen?<Data>(port: number, socket: SocketHandler<Data>): TCPSocketListener<Data>;
  /** The port on the seat's localhost that `CLARATEACH_CDP_URL` names in its shells. */
  readonly cdpPort: number;
  /** The port on the seat's localhost that `ANTHROPIC_BASE_URL` names in its shells. Missing or 0: it has no way to Claude. */
  readonly relayPort?: number;
  /** A new viewer of a tmux session, `main` without a name; the session is made when it isn't there. */
  attach(size: Size, name?: string): Promise<Pty>;
  /** A program on a terminal of its own, as the learner, in `/workspace`. It is hung up when its viewer closes it. */
  runOnTerminal(argv: readonly string[], size: Size): Promise<SeatProgram>;
  /** The same on pipes: bytes pass as they are. */
  runOnPipes(argv: readonly string[]): Promise<PipedProgram>;
  /** All the scrollback of a session (`main`) with its colours, as bytes for a terminal; at most 10,000 lines. */
  history(name?: string): Promise<Uint8Array>;
  /** One command of the seat's tmux, to its end. A code other than 0 where there is no server, too. @throws when it takes too long */
  askTmux(argv: readonly string[]): Promise<Finished>;
  /** A connection to the seat's own localhost. */
  dial(port: number): Promise<SeatSocket>;
  /** Ports on which programs of the learner's own listen there now, by looking; ascending, `MOST_PORTS` at most. @throws where nobody can tell */
  listening(): Promise<number[]>;
  /** Runs to its end, in `/workspace`, as the learner. Output beyond `EXEC_OUTPUT_LIMIT` is dropped. */
  exec(argv: readonly string[], options?: ExecOptions): Promise<Finished>;
  /** Goes on until killed: the preview's programs. It ends with the seat. */
  spawn(argv: readonly string[], options?: ExecOptions): Promise<SeatProcess>;
  /**
   * A container in the seat's own network, with its work, its home and its run directory: the one viewer of its screen that needs programs which
   * no seat has. One at a time, another one ends first. It ends with the seat, and with the agent that made it. Missing: the seat is no container.
   * @throws Problem `UNAVAILABLE` saying why there is none (no image, the port is somebody's) and what helps
   */
  beside?(wish: Beside): Promise<BesideRunning>;
}

export interface Beside {
  /** `name:tag`. Users `learner`, who is the seat's, and `neko`, who isn't, are in its `/etc/passwd`, whatever the image has there. */
  image: string;
  /** Of its first process, root. Nothing of it is in the seat. */
  env: Readonly<Record<string, string>>;
  /**
   * A port, UDP and TCP, of which the machine and the seat have the same number. While it runs, strangers reach it there and are answered; what
   * runs as the learner never is, from this port.
   */
  media: number;
  /** Aborting ends it, also while it starts. */
  signal: AbortSignal;
}

export interface BesideRunning {
  /** Code of its first process, once it has ended by whatever, and its port is shut. */
  readonly exited: Promise<number>;
  /** Gently, and after two seconds in any case. */
  kill(): void;
  /** A program of its own to its end, as root, in `/`. */
  exec(argv: readonly string[]): Promise<Finished>;
}

export const EXEC_OUTPUT_LIMIT = 64 * 1024;

/** A tmux that its learner has stopped never answers. */
export const TMUX_ANSWER_MS = 10_000;

export interface Size {
  cols: number;
  rows: number;
}

/** One viewer's terminal. Nobody consuming means nothing is read: `pause` holds the program back, not the agent's memory. */
export interface Pty {
  /** Bytes as they come; UTF-8 may be cut between two. Set once, before the first turn of the loop ends. */
  onData(take: (bytes: Uint8Array) => void): void;
  /** After the viewer's end of the terminal closed, by whichever side. */
  readonly exited: Promise<void>;
  /** False: the program isn't reading; `drained` resolves when more may come. */
  write(bytes: Uint8Array): boolean;
  readonly drained: Promise<void>;
  pause(): void;
  resume(): void;
  resize(size: Size): void;
  /** The viewer leaves; the session stays. */
  close(): void;
}

export interface SeatProgram extends Pty {
  /** Of the program, when it has ended; 128 and the signal's number when that ended it. */
  readonly code: Promise<number>;
}

/** `onData` says of which output the bytes are. */
export interface PipedProgram extends Omit<SeatProgram, "onData" | "resize"> {
  onData(take: (bytes: Uint8Array, output: 1 | 2) => void): void;
  /** Nothing more comes on its input than what was written. */
  endInput(): void;
}

/** A byte stream with backpressure in both directions. */
export interface SeatSocket {
  onData(take: (bytes: Uint8Array) => void): void;
  onDrain(go: () => void): void;
  readonly closed: Promise<void>;
  /** Bytes taken; keep the rest until `onDrain`. */
  write(bytes: Uint8Array): number;
  pause(): void;
  resume(): void;
  close(): void;
}

export interface ExecOptions {
  env?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
}

export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

export interface SeatProcess {
  readonly exited: Promise<number>;
  kill(): void;
}
