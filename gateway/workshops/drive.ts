import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import { Problem } from "../../agent/contract/errors.ts";
import { chainsAnew } from "./chains.ts";
import { foldersOf } from "./folders.ts";
import type { Journal } from "./journal.ts";
import { withLastWords } from "./last-words.ts";
import { allottedAnew } from "./llm/allot.ts";
import type { Logs } from "./logs.ts";
import { concluded } from "./moves.ts";
import { isOpen } from "./open-machines.ts";
import { type Action, type Conclusion, plan } from "./plan.ts";
import type { Held, Whole } from "./record.ts";
import { begun, type Outcome, type Resource, settled } from "./resource.ts";
import type { CallTools } from "./resources/kind.ts";
import { kindOf } from "./resources/kinds.ts";
import { withoutReports } from "./resources/machine-row.ts";
import type { Store } from "./store.ts";
import { subjectOf } from "./subject.ts";

/** Unfinished workshops are looked for this often: those of a gateway that died, and those whose end has come. */
const ROUND_MS = 2000;
/** A driver that died is replaced after this; one that lives renews it every second. */
const LEASE_MS = 4000;
/** A call that failed is tried again after 250 ms, 500 ms … at most 5 s. */
const RETRY_LEAST_MS = 250;
const RETRY_MOST_MS = 5000;
/** With nothing to do now, look at the plan again after this: what it waits for may be a time. */
const IDLE_MS = 1000;

/** Error codes that trying again can't change. */
const DEFINITE: readonly string[] = ["INVALID_INPUT", "FORBIDDEN", "STATE_CONFLICT", "TOO_LARGE"];

export interface DriverTools {
  store: Store;
  calls: CallTools;
  journal: Journal;
  logs: Logs;
  log: Logger;
}

/** Runs what the plan says is possible, side by side, until what is wanted is what there is. */
export class Driver {
  readonly #holder = randomBytes(8).toString("hex");
  readonly #drives = new Map<string, Drive>();
  #timer: Timer | undefined;
  #ended = false;

  constructor(private readonly tools: DriverTools) {}

  /** Takes up all that is unfinished, and goes on looking for it. */
  async begin(): Promise<void> {
    // Most often the one who holds them was killed; another gateway that lives gives way, and nothing is wrong if it is late.
    await this.tools.store.endLeases();
    await this.#round();
    this.#timer = setInterval(
      () => void this.#round().catch((error) => this.tools.log.error({ err: error }, "round failed")),
      ROUND_MS,
    );
  }

  /** Something changed: look at its plan now. */
  wake(id: string): void {
    if (this.#ended) return;
    const drive = this.#drives.get(id);
    drive?.wake();
    if (drive) return;
    const fresh = new Drive(id, this.#holder, this.tools);
    this.#drives.set(id, fresh);
    void fresh
      .run()
      .catch((error) => this.tools.log.error({ err: error, workshop: id }, "the drive ended"))
      .finally(() => this.#drives.delete(id));
  }

  /** Starts nothing more. What is under way is saved already or will be found by looking. */
  async end(): Promise<void> {
    this.#ended = true;
    clearInterval(this.#timer);
    for (const drive of this.#drives.values()) drive.end();
    await this.tools.store.endLeases(this.#holder);
  }

  async #round(): Promise<void> {
    for (const id of await this.tools.store.unfinished()) this.wake(id);
  }
}

/** One workshop's way to what is wanted. */
class Drive {
  readonly #busy = new Set<string>();
  /** When each call was done last, and how often it failed since it last worked. */
  readonly #last = new Map<string, { at: number; failures: number }>();
  #bell = Promise.withResolvers<void>();
  #ended = false;

  constructor(
    private readonly id: string,
    private readonly holder: string,
    private readonly tools: DriverTools,
  ) {}

  wake(): void {
    this.#bell.resolve();
  }

  end(): void {
    this.#ended = true;
    this.wake();
  }

  async run(): Promise<void> {
    while (!this.#ended) {
      this.#bell = Promise.withResolvers();
      const now = Date.now();
      if (!(await this.tools.store.lease(this.id, this.holder, iso(now), iso(now + LEASE_MS)))) return;
      const found = await this.tools.store.whole(this.id);
      if (!found) return;
      const { whole, subject, actions, conclusion } = this.#planned(found, now);
      if (!conclusion && subject.goal === "running" && documentAnew(whole)) {
        await this.tools.store.change(this.id, (held) => documentAnew(held) ?? held, whole.workshop.revision);
        continue;
      }
      if (conclusion) await this.#conclude(whole, conclusion);
      else if (actions.length === 0 && this.#busy.size === 0 && subject.goal === "none") return;
      else await this.#pause(this.#launch(whole, actions));
    }
  }

  /** A report that can't be read counts as none: it mustn't keep a class from its end, nor its other machines from theirs. */
  #planned(found: Whole, now: number) {
    const of = (whole: Whole) => {
      const seatsReady = whole.seats.every(({ ready }) => ready === 1);
      const subject = subjectOf(whole, seatsReady, this.tools.calls.cloud);
      return { whole, subject, ...plan(subject, now) };
    };
    try {
      return of(found);
    } catch (error) {
      this.tools.log.error({ err: error, workshop: this.id }, "planned as if no machine had reported");
      return of(withoutReports(found));
    }
  }

  /** @returns milliseconds until the plan is worth another look */
  #launch(whole: Whole, actions: Action[]): number {
    let wait = IDLE_MS;
    for (const action of actions) {
      const key = `${action.resource}-${action.idx}`;
      if (this.#busy.has(key)) continue;
      const due = this.#dueAt(`${key}-${action.kind}`, action.pauseMs) - Date.now();
      const row = whole.rows.find(({ kind, idx }) => kind === action.resource && idx === action.idx);
      if (due > 0) wait = Math.min(wait, due);
      else if (row) void this.#act(whole, row, action, key);
    }
    return wait;
  }

  async #act(whole: Whole, row: Resource, action: Action, key: string): Promise<void> {
    this.#busy.add(key);
    try {
      const outcome = await this.#call(whole, row, action);
      this.#done(`${key}-${action.kind}`, outcome?.kind === "failed");
    } catch (error) {
      // The database or a bug: nothing was learned. The row is as it was; try again, not at once.
      this.#done(`${key}-${action.kind}`, true);
      this.tools.log.error({ err: error, workshop: this.id, action: action.kind }, "an action could not be saved");
    } finally {
      this.#busy.delete(key);
      this.wake();
    }
  }

  async #call(whole: Whole, row: Resource, action: Action): Promise<Outcome | undefined> {
    const { store, journal, log, calls } = this.tools;
    const saved = begun(row, action.kind, Date.now(), freshIds, calls.cloud.patience.createMs) ?? row;
    if (saved !== row && !(await store.saveRow(this.id, saved, row.version))) return undefined;
    await journal.begin(whole, saved, action.kind);
    const outcome = await this.#perform(whole, saved, action.kind);
    if (outcome.kind === "failed")
      log.warn({ workshop: this.id, resource: row.name, action: action.kind, why: outcome.message }, "a call failed");
    if (outcome.kind === "learned" && outcome.warning)
      log.warn({ workshop: this.id, resource: row.name, action: action.kind, why: outcome.warning }, "a call went wrong");
    const next = settled(saved, action.kind, outcome, Date.now(), kindOf(row).kept);
    if (next.observed === "broken" && saved.observed !== "broken")
      log.warn({ workshop: this.id, resource: row.name, why: next.detail.problem }, "it is broken");
    if (isNews(saved, next) && !(await store.saveRow(this.id, next, saved.version))) {
      if (outcome.kind === "created") await this.#landed(saved);
      return outcome;
    }
    const report = outcome.kind === "learned" ? outcome.report : undefined;
    const isWaiting = whole.seats.some(({ ready }) => ready === 0) && whole.workshop.state === "running";
    if (report && isWaiting && isOpen({ ...whole, rows: whole.rows.map((each) => (each === row ? next : each)) }, row.idx))
      await store.offerSeats(whole, report);
    await journal.settle(whole, saved, next, action.kind, outcome);
    return outcome;
  }

  /** The row changed meanwhile (a stop, most often): that our call isn't under way any more is still true, and worth not waiting for. */
  async #landed({ kind, idx, detail: { creatingUntil } }: Resource): Promise<void> {
    const row = (await this.tools.store.whole(this.id))?.rows.find((one) => one.kind === kind && one.idx === idx);
    // Another time is another driver's call.
    if (!row || creatingUntil === undefined || row.detail.creatingUntil !== creatingUntil) return;
    const { creatingUntil: _, ...detail } = row.detail;
    await this.tools.store.saveRow(this.id, { ...row, version: row.version + 1, detail }, row.version);
  }

  async #perform(whole: Whole, row: Resource, action: string): Promise<Outcome> {
    try {
      return await kindOf(row).call(this.tools.calls, whole, row, action);
    } catch (error) {
      const definite = error instanceof Problem && DEFINITE.includes(error.code);
      return { kind: "failed", message: messageOf(error), definite };
    }
  }

  #done(key: string, failed: boolean): void {
    this.#last.set(key, { at: Date.now(), failures: failed ? (this.#last.get(key)?.failures ?? 0) + 1 : 0 });
  }

  /** The pause that the plan asks for now, or what a call that fails has to wait. */
  #dueAt(key: string, pauseMs: number): number {
    const { at, failures } = this.#last.get(key) ?? { at: 0, failures: 0 };
    const retry = failures > 0 ? Math.min(RETRY_MOST_MS, RETRY_LEAST_MS * 2 ** (failures - 1)) : 0;
    return at + Math.max(pauseMs, retry);
  }

  async #conclude(whole: Whole, found: Conclusion): Promise<void> {
    const now = new Date();
    const { archives, cloud } = this.tools.calls;
    const conclusion = await withLastWords(found, whole.rows, cloud.machines);
    const kept = conclusion.kind === "packed" ? await archives.kept(this.id, foldersOf(whole.learners)) : undefined;
    await this.tools.journal.conclude(whole, conclusion);
    if (conclusion.kind === "failed") await this.tools.logs.keep(whole);
    const after = await this.tools.store.change(
      this.id,
      (held, { learners }) => concluded(held, conclusion, { learners, kept, costs: cloud.costs }, now),
      whole.workshop.revision,
    );
    if (conclusion.kind === "gone") await this.tools.logs.remove(this.id);
    // Parts of an archive that nobody wants any more; nothing is packed now.
    if (conclusion.kind === "gone" && after?.workshop.archive === null) await archives.remove(this.id);
    this.tools.log.info({ workshop: this.id, conclusion: conclusion.kind, state: after?.workshop.state }, "concluded");
  }

  /** Until something changed or the time is up. */
  async #pause(ms: number): Promise<void> {
    const timer = setTimeout(() => this.wake(), ms);
    await this.#bell.promise;
    clearTimeout(timer);
  }
}

/** What its machines have to be told and what came from elsewhere than its instructor. */
const documentAnew = (held: Held): Held | undefined => allottedAnew(held) ?? chainsAnew(held);

const freshIds = () => ({ requestId: crypto.randomUUID(), nonce: randomBytes(32).toString("hex") });

/** A calm look that saw the same as before isn't worth a write. */
function isNews(before: Resource, after: Resource): boolean {
  return before.observed !== after.observed || !Bun.deepEquals(before.detail, after.detail);
}

function messageOf(error: unknown): string {
  if (error instanceof Problem) return error.message;
  if (error instanceof DOMException && error.name === "TimeoutError") return "It gave no answer in time.";
  return error instanceof Error ? error.message : String(error);
}

const iso = (ms: number): string => new Date(ms).toISOString();
