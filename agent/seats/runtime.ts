import type { RefreshPlan, SeatConnections } from "../contract/api.ts";
import type { SeatImage } from "../contract/image.ts";
import type { Leftovers, SeatUsage, WantedProject } from "../contract/machine.ts";
import type { Json, Memory } from "../engine/memory.ts";
import type { Handler, TaskSpec } from "../engine/task.ts";
import type { ByHand } from "../interfaces/resolve.ts";
import type { ConnectAsk } from "./asks.ts";
import type { ClaudeWish } from "./claude/settings.ts";
import type { SeatHandle } from "./seat.ts";
import type { Warnings } from "./warnings.ts";
import type { HowRenewed } from "./wishes.ts";

/**
 * A way to have seats. Each brings its own requests (wish → tasks, pure) and handlers (task → do, undo); what they share is this, the
 * `SeatHandle`, and one behaviour suite (test/support/runtime-behaviour.ts).
 */
export interface Runtime {
  readonly name: "process" | "docker";
  readonly isolation: "none" | "container";
  /**
   * Once, first: looks whether what it needs is there, and ends what an earlier agent left that can't be adopted (its `spawn`ed programs).
   * Sessions are never touched. @throws Problem naming what is missing and how to get it
   */
  open(): Promise<void>;
  /** Shared by all seats of one change and done before them: images, layers. Often none. */
  prepare(wishes: readonly SeatWish[]): TaskSpec[];
  /** From nothing (the manager adds `removeSeat` first when anything is there). One after the other; `data` is an object with `seat`. */
  makeSeat(wish: SeatWish): TaskSpec[];
  /** It was made and isn't running (a reboot) or not whole: its session started again, its work kept; undoing it must keep it too. */
  repairSeat(wish: SeatWish): TaskSpec[];
  /** All its processes end, its files stay: an ending machine whose work is being packed, or a seat that is to rest. No undo. */
  stopSeat(seat: number): TaskSpec[];
  /**
   * Made again round the same work, every task with its undo: a seat whose renewal fails has what it had. `then` is done when the new one
   * is fine; what comes after it takes away what could lead back, and never fails. Missing: no seat is made again here.
   */
  renewSeat?(wish: SeatWish, how: HowRenewed, then: TaskSpec): TaskSpec[];
  /** It was stopped by wish: started again as it was. Missing: by the same steps as a repair. */
  startSeat?(wish: SeatWish): TaskSpec[];
  /** Only its connections become what `wish` says, in place; each task with its undo. A stopped seat has them when it is started. Missing: it has none. */
  connectSeat?(wish: SeatWish): TaskSpec[];
  /**
   * What a refresh would have to do with a seat: nothing, change its connections in place, or make it anew. @param from what it was made
   * from @param to what is wanted @throws Problem when nobody can tell
   */
  compare?(from: SeatWish, to: SeatWish): Promise<"same" | "live" | "new">;
  /** What a refresh of these seats would do, for people. @throws Problem when nobody can tell */
  plan?(seats: readonly { from: SeatWish; to: SeatWish }[]): Promise<RefreshPlan>;
  /** By what it was made from and what people changed. @throws Problem when its SDKs can't be read */
  connections?(wish: SeatWish): Promise<SeatConnections>;
  /**
   * @param wish as it would be then @returns whether the seat has to be made again for it
   * @throws Problem INVALID_INPUT with the reason when people can't have this; a missing device is one
   */
  mayConnect?(wish: SeatWish, ask: ConnectAsk): Promise<"live" | "new">;
  /** @throws Problem STATE_CONFLICT when another release made this seat from layers that are built otherwise here, or began tasks with these data */
  requireOurs?(what: { seat: number } | { tasks: readonly Json[] }): void;
  /**
   * Programs, directories, sockets: gone, whether it was stopped before or not. Of a seat that isn't there: nothing, and no error. No
   * undo. Handlers count what they take away with `addRemoved` (receipt.ts).
   */
  removeSeat(seat: number): TaskSpec[];
  /** Task kinds that leave a seat's programs alone. From the beginning of any other task on they end, and nobody gets in. Missing: none. */
  readonly gentle?: readonly string[];
  /** By task kind; kinds begin with the runtime's name: `process/start-session`. */
  readonly handlers: Readonly<Record<string, Handler>>;
  /** Of a seat that was made, running or not (then only its `workspace` is of use). Cheap, looks at nothing. */
  handle(seat: number, generation: number): SeatHandle;
  /** By looking; cheap enough for every few seconds. `stopped`: its work is there, and it doesn't run or can't be reached. */
  inspect(seat: number): Promise<SeatCondition>;
  /** Seats of which anything at all is there. */
  found(): Promise<number[]>;
  /** Counted by looking, over all seats of this machine. */
  leftovers(): Promise<Leftovers>;
  /** Without engine or document: everything of this machine's seats goes. Answers what was removed. */
  removeEverything(): Promise<Leftovers>;
  /** What a seat takes now; undefined when it doesn't run. Missing: nobody measures. */
  usage?(seat: number): Promise<SeatUsage | undefined>;
  /** What seats are made from, as it was when the last one was started; undefined before. Missing: from nothing. */
  image?(): SeatImage | undefined;
  /** The seat's Claude CLI is set to what is wished of it now; sessions that run read it within seconds. One call at a time. Missing: it has none. */
  setClaude?(seat: number): Promise<void>;
  /** What it needs to begin anything: room in these directories besides the machine's; and why it can't at all now (`away`). Missing: nothing. */
  needs?(): Promise<{ directories: readonly string[]; away?: string }>;
  /** For a runtime that is told: calls `listener` when a seat may have changed by itself, sooner than the next look. */
  onChange?(listener: () => void): void;
  /** Lets go of connections and timers; seats stay as they are. */
  close(): Promise<void>;
}

export type SeatCondition = "ready" | "stopped" | "off";

/** What a seat shall be; plain JSON, for it is saved in tasks. */
export interface SeatWish {
  seat: number;
  generation: number;
  freshSince: number;
  workshop: string;
  starter?: { digest: string; name: string };
  /** The normalized workshop.yaml; without it, the first built-in one. */
  definition?: string;
  /** Digest of the archive with the definition's own SDKs, where it has any. */
  definitionArchive?: string;
  /** What people changed at its connections. Missing: nothing. */
  byHand?: ByHand;
}

export interface RuntimeGiven {
  /** The machine's directory. */
  directory: string;
  /** `clarateach-ws-abc` */
  machine: string;
  /** Saved facts, for what a runtime chose once and must know again (ports); keys begin with the runtime's name. */
  memory: Memory;
  /** Whose workshops the seats are: its directory is what they work on. Missing: each has one of its own. */
  project?: WantedProject | undefined;
  /** Where the bytes of a starter archive are. */
  starterPath(digest: string): string;
  /** Where the bytes of a definition's archive are (definition/archive.ts reads it). Missing: no definition has one. */
  definitionPath?(digest: string): string;
  /** Tells people something that nothing failed by: kept until it is read. */
  warn?: Warnings["add"];
  /** What a seat's shells know besides what the runtime tells them: how to reach Claude. @param relayPort on the seat's localhost */
  environment?(seat: number, relayPort: number): Readonly<Record<string, string>>;
  /** What the seat's Claude CLI shall be set to. Missing: what all are. */
  cli?(seat: number): ClaudeWish;
}

/** `openSeats({runtime: processRuntime(…)})`: the manager opens the engine's state first, then makes the runtime. */
export type MakeRuntime = (given: RuntimeGiven) => Runtime;
