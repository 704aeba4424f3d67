import type { Mode, SeatConnections } from "../agent/contract/api.ts";
import type { Fit } from "../agent/contract/fit.ts";
import type { CostView } from "../views/cost.ts";
import type { DefinitionView, RefreshPlanView } from "../views/definition.ts";
import type { KeyTrial, LlmView } from "../views/llm.ts";
import type { EnvironmentView, SeatChangeView, StarterView, WorkshopView } from "../views/workshop.ts";
import type { DefinitionFile } from "./workshops/definition-file.ts";
import type { LogAddress } from "./workshops/logs.ts";
import type { TimesWish } from "./workshops/times.ts";
import type { WorkshopState } from "./workshops/workshop.ts";

/**
 * What routes and pages may ask of the gateway, by noun. Every function is one call: it finds what this caller may see, does one thing,
 * and throws `Problem` (agent/contract/errors.ts) with a message that may be shown as it is.
 * `owner` is an instructor's id as `people` answered it; another instructor's workshop is `NOT_FOUND`.
 */
export interface Services {
  workshops: WorkshopService;
  definitions: DefinitionService;
  llm: LlmService;
  renewals: RenewalService;
  seating: SeatingService;
  checks: CheckService;
  people: PeopleService;
}

export interface WorkshopService {
  /** Newest first. */
  list(owner: string): Promise<WorkshopView[]>;
  /** With the machines' reports as fresh as one short call makes them. @throws NOT_FOUND */
  find(owner: string, id: string): Promise<WorkshopView>;
  /** Seals the key at once. `zone`: in which sentences say times; UTC unless said. @throws InputProblem with one sentence a field; `smallSeats`: to be confirmed by it */
  create(owner: string, wish: WorkshopWish, zone?: string): Promise<WorkshopView>;
  /** What seats of a new workshop would get of their machine. */
  fit(seats: number): Promise<Fit>;
  /** What a new workshop's machines would cost. Undefined: nothing. */
  cost(wish: CostWish): CostView | undefined;
  /** When it begins and ends; what is left out stays, null: by hand, and so many hours. @throws InputProblem; STATE_CONFLICT once it was started */
  schedule(owner: string, id: string, times: TimesWish, zone?: string): Promise<WorkshopView>;
  /** Another end of a class that was started, earlier or later: `latestClassEnd` at most. @throws InputProblem; STATE_CONFLICT */
  extend(owner: string, id: string, endsAt: unknown, zone?: string): Promise<WorkshopView>;
  /** By hand, now. Once more is fine. @throws STATE_CONFLICT when it is stopping or stopped, or its end has passed */
  start(owner: string, id: string): Promise<WorkshopState>;
  /**
   * Resolves with "stopped" when all is gone, else with "stopping" after `waitSeconds` (50 unless said). Once more is fine.
   * `keepWork`: one archive of everyone's work first. Left out: as chosen before, else none.
   * When the work can't be packed, the view's `archiveProblem` says why; the same call with `true` tries again, with `false` goes on without.
   */
  stop(owner: string, id: string, choice?: { keepWork?: boolean; waitSeconds?: number }): Promise<WorkshopState>;
  /** Its learner is out for good, the seat is wiped, then free for a stranger. @throws STATE_CONFLICT unless running */
  freeSeat(owner: string, id: string, seat: number): Promise<void>;
  /** The same for all seats that were taken from one address, as `LearnerView.address` names it. */
  freeSeatsTakenFrom(owner: string, id: string, address: string): Promise<void>;
  /** Replaces earlier starter files; only before the start. @throws INVALID_INPUT, TOO_LARGE, STATE_CONFLICT */
  putStarter(owner: string, id: string, file: { name: string; body: ReadableStream<Uint8Array> }): Promise<StarterView>;
  /** All that a task's program said; of a start that failed, what was kept. @throws NOT_FOUND */
  taskLog(owner: string, id: string, log: LogAddress): Promise<ReadableStream<Uint8Array> | Blob>;
  /** @throws NOT_FOUND when none is kept */
  archive(owner: string, id: string): Promise<{ body: AsyncGenerator<Uint8Array> | Blob; name: string }>;
  /** Deletes the archive now. None is fine. */
  removeArchive(owner: string, id: string): Promise<void>;
  /**
   * The view now and again after every change, at most four a second; ends with `signal`. All watchers of a workshop share one
   * WebSocket a machine. @throws NOT_FOUND before the first value
   */
  watch(owner: string, id: string, signal: AbortSignal): AsyncGenerator<WorkshopView>;
}

/** A class that isn't made yet. Times: ISO 8601; null or left out: by hand, and so many hours. */
export interface CostWish {
  seats: number;
  hours: number;
  startsAt?: string | null;
  endsAt?: string | null;
}

/** What the seats of a workshop are made from, after it was made. */
export interface DefinitionService {
  /** As it is kept. @throws NOT_FOUND */
  find(owner: string, id: string): Promise<DefinitionView>;
  /** What one would install that is being typed. Keeps nothing. @throws NOT_FOUND; InputProblem with every problem and its place */
  look(owner: string, id: string, definition: DefinitionWish["definition"]): Promise<EnvironmentView>;
  /**
   * Machines are told of it; seats keep what they were made from until they are refreshed. What stands in a text as `project-…` is in the
   * archive that it had before. The same one changes nothing.
   * @throws NOT_FOUND; InputProblem as `look`; CONFLICT when `from` isn't the one any more that is kept; STATE_CONFLICT when it is over
   */
  replace(owner: string, id: string, wish: DefinitionWish): Promise<DefinitionView>;
  /** What a refresh would do now, as its machines say. @throws NOT_FOUND; NOT_RUNNING */
  plan(owner: string, id: string): Promise<RefreshPlanView>;
}

export interface DefinitionWish {
  /** As in `WorkshopWish`. */
  definition: string | DefinitionFile;
  /** `DefinitionView.digest` of the one that was edited. Left out: whatever there is, is replaced. */
  from?: string | undefined;
}

export interface LlmService {
  /** With the machines' reports as fresh as one short call makes them. @throws NOT_FOUND */
  find(owner: string, id: string): Promise<LlmView>;
  /**
   * What is left out of `body` stays (workshops/llm/wish.ts: `LlmPatch`). Answers what is in force, within a second.
   * @throws InputProblem with every problem at once; STATE_CONFLICT when it is stopping or stopped
   */
  change(owner: string, id: string, body: Readonly<Record<string, unknown>>): Promise<LlmView>;
  /** As much again as every seat has. @throws NOT_FOUND, STATE_CONFLICT */
  topUp(owner: string, id: string, seat: number): Promise<void>;
  /** Seals it, hands it to every machine, and tries it. @throws InputProblem; STATE_CONFLICT when it is stopping or stopped */
  replaceKey(owner: string, id: string, apiKey: unknown): Promise<void>;
  /** One short call to the upstream; `problem`: it is no key. Keeps nothing. */
  try(apiKey: unknown): Promise<KeyTrial | { problem: string }>;
}

/** What is done with seats while the class runs, by its instructor. Machines that refuse say why; one that doesn't answer is UNAVAILABLE. */
export interface RenewalService {
  /**
   * Of all seats those that it can be asked of now. @throws NOT_FOUND; INVALID_INPUT where seats can't; STATE_CONFLICT when the class doesn't
   * run, a seat is busy (`details` say with what) or none can; UNAVAILABLE when a machine has no room, or doesn't answer
   */
  ask(owner: string, id: string, seat: number | "all", wish: RenewalWish): Promise<Asked>;
  /** Runs again what waits, or gives the change up. @param change as `SeatChangeView.id` @throws NOT_FOUND, STATE_CONFLICT, UNAVAILABLE */
  act(owner: string, id: string, change: string, action: "continue" | "abort"): Promise<SeatChangeView>;
  /** What is done with seats, and the last of what was, as fresh as one short call makes it. */
  changes(owner: string, id: string): Promise<SeatChangeView[]>;
  /** What a seat is connected with, and could be. @throws as `ask` */
  connections(owner: string, id: string, seat: number): Promise<SeatConnections>;
  /** @throws as `ask` */
  connect(owner: string, id: string, seat: number, wish: ConnectionWish): Promise<Asked>;
}

export interface RenewalWish {
  action: RenewalAction;
  /** What becomes of a seat when something fails: `transactional`, unless said, goes back. Only of `launch`, `refresh` and `restore`. */
  mode?: Mode;
}
export const RENEWAL_ACTIONS = ["launch", "refresh", "restore", "start", "stop"] as const;
export type RenewalAction = (typeof RENEWAL_ACTIONS)[number];

export interface ConnectionWish {
  action: "connect" | "disconnect";
  plug: string;
  slot: string;
}

export interface Asked {
  /** As `SeatChangeView.id`. None: nothing differs. */
  changes: string[];
  /** Of all seats those that it could not be asked of now. */
  left: number[];
  /** Of machines that refused or didn't answer, while others began: a sentence each. */
  problems: string[];
}

export interface WorkshopWish {
  name: string;
  seats: number;
  apiKey: string;
  /** A built-in one's name, the text of a workshop.yaml, or a file of that or of an archive. Left out: the first built-in one. */
  definition?: string | DefinitionFile;
  /** 1 to 12, 4 unless said: so long after the start it stops by itself. */
  hours?: number;
  /** ISO 8601 with a zone: it begins by itself then. Left out or null: by hand. */
  startsAt?: string | null;
  /** ISO 8601 with a zone: it stops by itself then, whatever `hours` says. */
  endsAt?: string | null;
  /** Makes it although its seats would be too small for a class (`fit`). */
  smallSeats?: boolean;
}

/** Who is asking, for limits on wrong codes. */
export interface Caller {
  /** Value of the browser's cookie (`PeopleService.browserCookie`); makes "same browser, same seat" work. */
  browser?: string;
  /** Address of the connection. */
  address: string;
}

export interface SeatingService {
  /**
   * Join or, with `odehash`, come back. Code and odehash in any case, with spaces, without the hyphen.
   * @throws INVALID_INPUT (form of code or odehash) · NOT_FOUND (no such code) · SESSION_NOT_FOUND (no such odehash)
   * · NOT_RUNNING (wait: `waiting` below) · WORKSHOP_ENDED · NO_SEATS · RATE_LIMITED with retryAfterSeconds
   */
  enter(wish: { code: string; odehash?: string; name?: string }, caller: Caller): Promise<Entered>;
  /** For "You are early" and "This workshop ended": what someone who knows the code may see. Undefined: no such code. Counts as a try. */
  waiting(code: string, caller: Caller): Promise<Waiting | undefined>;
  /** For "continue as …": the last seat of this browser in a workshop that isn't over. */
  again(browser: string): Promise<Again | undefined>;
  /** The code of the workshop that this browser sat in last, if that is over. */
  ended(browser: string): Promise<string | undefined>;
  /** A fresh value for `PeopleService.browserCookie` (128 bits, hex). */
  newBrowser(): string;
}

/** The answer of `POST /api/join`. */
export interface Entered {
  token: string;
  /** `localhost:4101`, or a host. */
  endpoint: string;
  /** The whole address to open, with the token. */
  url: string;
  odehash: string;
  seat: number;
}

export interface Waiting {
  name: string;
  door: "open" | "soon" | "over";
  /** For "soon": the class runs, all seats that are ready are taken, and others are still being made. */
  full?: true;
  /** For "soon": a board of seats. */
  seats: { seat: number; is: "ready" | "working" | "waiting" | "failed" }[];
  /** For "soon": it begins by itself then. */
  startsAt?: string;
  /** For "over": ISO 8601, UTC. */
  endedAt?: string;
  /** For "over": until when the instructor keeps everyone's work. */
  keptUntil?: string;
  /** For "over": the seat this browser had; `freed` before the end, its files went then. */
  mine?: { seat: number; name: string; freed: boolean };
}

export interface Again {
  workshopId: string;
  workshop: string;
  code: string;
  seat: number;
  name: string;
  odehash: string;
  endsAt?: string;
  /** False while it is still provisioning. */
  open: boolean;
}

/** Of networks, before a class. */
export interface CheckService {
  /** The class of a code, for whoever knows it. Undefined: no such code. Counts as a try. @throws RATE_LIMITED */
  find(code: string, caller: Caller): Promise<CheckedClass | undefined>;
  /**
   * What the caller's browser found, in the place of what it found before: its instructor sees it until the class ends.
   * @param body as it was sent @throws INVALID_INPUT, NOT_FOUND, RATE_LIMITED, WORKSHOP_ENDED; STATE_CONFLICT when too many checked
   */
  note(code: string, body: unknown, caller: Caller): Promise<void>;
  /** Of all browsers, what they found. They may check again. @throws NOT_FOUND */
  forget(owner: string, id: string): Promise<void>;
  /** A place for a connection that is held open. @returns gives it back @throws RATE_LIMITED, UNAVAILABLE */
  line(address: string): () => void;
}

export interface CheckedClass {
  name: string;
  /** As it stands on the board. */
  code: string;
  over: boolean;
}

export interface Instructor {
  id: string;
  name: string;
}

export interface PeopleService {
  /** By API token or session cookie. A cookie on a state-changing request needs our own Origin. @throws UNAUTHORIZED, FORBIDDEN */
  instructor(request: Request): Promise<Instructor>;
  /** The same for pages that show a sign-in hint instead of an error; undefined when not signed in. */
  maybeInstructor(request: Request): Promise<Instructor | undefined>;
  /** The secret of a one-time link. Answers the `Set-Cookie` value of a new session. @throws UNAUTHORIZED when used, old or wrong */
  signIn(secret: string, caller: Caller): Promise<{ cookie: string; instructor: Instructor }>;
  /** Ends this session; answers the `Set-Cookie` value that removes the cookie. */
  signOut(request: Request): Promise<string>;
  /** Refuses a state-changing request from a page that isn't ours. Fine without an Origin header. @throws FORBIDDEN */
  requireOwnOrigin(request: Request): void;
  /** The value of the browser's cookie; undefined where there is none, or none of ours. */
  browserOf(request: Request): string | undefined;
  /** `Set-Cookie` value of the browser's cookie, `__Host-ct_browser` under https and else `ct_browser`: HttpOnly, a year. */
  browserCookie(browser: string): string;
}
