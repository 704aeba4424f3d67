import { Problem } from "../../agent/contract/errors.ts";
import type { Fit } from "../../agent/contract/fit.ts";
import { SEATS_PER_MACHINE } from "../../agent/contract/seats.ts";
import { whyNotPlain } from "../../agent/definition/plain.ts";
import type { Machines, Secrets } from "../../provision/cloud.ts";
import type { StarterView, WorkshopView } from "../../views/workshop.ts";
import type { WorkshopService, WorkshopWish } from "../services.ts";
import type { Archives } from "./archives.ts";
import type { Definitions } from "./definitions.ts";
import type { Driver } from "./drive.ts";
import type { Guesses } from "./guesses.ts";
import { checkedWish, InputProblem } from "./input.ts";
import type { LogAddress, Logs } from "./logs.ts";
import { created, started, stopped, type Wish } from "./moves.ts";
import { newCode, newWorkshopId } from "./names.ts";
import type { Whole, Workshop } from "./record.ts";
import type { Reports } from "./reports.ts";
import { free, freeTakenFrom } from "./seats.ts";
import { show } from "./show.ts";
import type { Starters } from "./starters.ts";
import type { Store } from "./store.ts";
import type { Watching } from "./watch.ts";
import { secretName, type WorkshopState } from "./workshop.ts";

/** A stop that takes longer than a browser's or a script's patience is answered before its end. */
const STOP_WAIT_SECONDS = 50;
/** How often a waiting stop looks. */
const STOP_LOOK_MS = 50;

export interface WorkshopTools {
  store: Store;
  secrets: Secrets;
  machines: Machines;
  driver: Driver;
  reports: Reports;
  watching: Watching;
  starters: Starters;
  definitions: Definitions;
  archives: Archives;
  logs: Logs;
  guesses: Guesses;
  /** A workshop was made with this key. */
  keyMade(id: string, apiKey: string): void;
  /** Where machines have public names. */
  domain?: string;
}

/** What an instructor does with workshops. */
export class Workshops implements WorkshopService {
  constructor(private readonly tools: WorkshopTools) {}

  async list(owner: string): Promise<WorkshopView[]> {
    const ids = await this.tools.store.ids(owner);
    const all = await Promise.all(ids.map((id) => this.tools.store.whole(id)));
    return all.flatMap((whole) => (whole ? show(whole, this.tools.reports.seen(whole)) : []));
  }

  async find(owner: string, id: string): Promise<WorkshopView> {
    const whole = await this.#owned(owner, id);
    await this.tools.reports.refresh(whole);
    return this.#shown(whole);
  }

  async create(owner: string, wish: WorkshopWish): Promise<WorkshopView> {
    const { name, seats, hours, apiKey, smallSeats, definition } = await checkedWish({ ...wish });
    await this.#requireFit(seats, smallSeats, definition.text);
    const archive = definition.archive && (await this.tools.definitions.keep(definition.archive));
    const environment = { ...definition.environment, ...(archive && { archive }) };
    const id = await this.#record(owner, { name, seats, hours, definition: definition.text ?? null, environment });
    try {
      await this.tools.secrets.put(secretName(id), apiKey);
    } catch (cause) {
      await this.tools.store.discard(id);
      throw new Problem("UNAVAILABLE", "The API key could not be sealed, so the workshop was not made. Try again.", { cause });
    }
    this.tools.keyMade(id, apiKey);
    return this.find(owner, id);
  }

  /** Of one machine: each has as many. */
  async fit(seats: number): Promise<Fit> {
    return (await this.tools.machines.fit?.(Math.min(seats, SEATS_PER_MACHINE))) ?? { verdict: "good" };
  }

  async start(owner: string, id: string): Promise<WorkshopState> {
    await this.#requireOwned(owner, id);
    const held = await this.tools.store.change(id, (now) => started(now, new Date(), this.tools.domain));
    this.#changed(id);
    return held?.workshop.state ?? "provisioning";
  }

  async stop(owner: string, id: string, choice: { keepWork?: boolean; waitSeconds?: number } = {}): Promise<WorkshopState> {
    await this.#requireOwned(owner, id);
    const { keepWork, waitSeconds = STOP_WAIT_SECONDS } = choice;
    const kept = await this.tools.archives.kept(id);
    const now = new Date();
    await this.tools.store.change(id, (held, { learners }) => stopped(held, { keepWork, learners: learners > 0, kept }, now));
    this.#changed(id);
    const end = Date.now() + waitSeconds * 1000;
    while (Date.now() < end) {
      const whole = await this.tools.store.whole(id);
      if (whole?.workshop.receipt) return "stopped";
      // Nothing will change before the instructor has chosen.
      if (whole?.workshop.work_problem) return "stopping";
      await Bun.sleep(STOP_LOOK_MS);
    }
    return "stopping";
  }

  async freeSeat(owner: string, id: string, seat: number): Promise<void> {
    await this.#requireOwned(owner, id);
    await free(this.tools.store.db, id, seat);
    this.#changed(id);
  }

  async freeSeatsTakenFrom(owner: string, id: string, address: string): Promise<void> {
    await this.#requireOwned(owner, id);
    await freeTakenFrom(this.tools.store.db, id, address);
    this.#changed(id);
  }

  async putStarter(owner: string, id: string, file: { name: string; body: ReadableStream<Uint8Array> }): Promise<StarterView> {
    requireUnstarted((await this.#owned(owner, id)).workshop);
    const starter = await this.tools.starters.keep(file.name, file.body);
    await this.tools.store.change(id, (held) => {
      requireUnstarted(held.workshop);
      return { ...held, workshop: { ...held.workshop, starter } };
    });
    this.tools.watching.hint(id);
    return starter;
  }

  async taskLog(owner: string, id: string, log: LogAddress): Promise<ReadableStream<Uint8Array> | Blob> {
    return this.tools.logs.read(await this.#owned(owner, id), log);
  }

  async archive(owner: string, id: string): Promise<{ body: AsyncGenerator<Uint8Array> | Blob; name: string }> {
    const { workshop } = await this.#owned(owner, id);
    if (!workshop.archive) throw new Problem("NOT_FOUND", `No archive of “${workshop.name}” is kept.`);
    const name = `${workshop.name.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "") || workshop.id}.zip`;
    return { body: await this.tools.archives.read(id), name };
  }

  async removeArchive(owner: string, id: string): Promise<void> {
    await this.#requireOwned(owner, id);
    await this.dropArchive(id);
  }

  /** The row goes last: as long as it stands, removing can be tried again. */
  async dropArchive(id: string): Promise<void> {
    await this.tools.archives.remove(id);
    await this.tools.store.change(id, (held) => ({ ...held, workshop: { ...held.workshop, archive: null } }));
    this.tools.watching.hint(id);
  }

  async *watch(owner: string, id: string, signal: AbortSignal): AsyncGenerator<WorkshopView> {
    yield await this.find(owner, id);
    for await (const _ of this.tools.watching.hints(id, signal)) {
      const whole = await this.tools.store.whole(id);
      if (!whole || signal.aborted) return;
      yield this.#shown(whole);
    }
  }

  #shown(whole: Whole): WorkshopView {
    const { id } = whole.workshop;
    const guessing = this.tools.guesses.of(id);
    return { ...show(whole, this.tools.reports.seen(whole)), ...(guessing && { guessing }) };
  }

  async #requireFit(seats: number, smallSeats: boolean, definition: string | undefined): Promise<void> {
    const { verdict, why = "", runtime } = await this.fit(seats);
    const unfit = runtime === "process" ? whyNotPlain(definition) : undefined;
    if (unfit) throw new InputProblem({ definition: unfit });
    if (verdict === "impossible") throw new InputProblem({ seats: why });
    if (verdict === "small" && !smallSeats)
      throw new InputProblem({ smallSeats: `${why} To make it all the same, say so (“smallSeats”).` });
  }

  #changed(id: string): void {
    this.tools.driver.wake(id);
    this.tools.watching.hint(id);
  }

  async #record(owner: string, wish: Wish): Promise<string> {
    for (;;) {
      const held = created(owner, wish, { id: newWorkshopId(), code: newCode() }, new Date());
      if (await this.tools.store.create(held)) return held.workshop.id;
    }
  }

  async #owned(owner: string, id: string): Promise<Whole> {
    const whole = await this.tools.store.whole(id);
    if (whole?.workshop.owner === owner) return whole;
    throw unknown(id);
  }

  async #requireOwned(owner: string, id: string): Promise<void> {
    if (!(await this.tools.store.isOwner(owner, id))) throw unknown(id);
  }
}

const unknown = (id: string) =>
  new Problem("NOT_FOUND", `There is no workshop “${id.slice(0, 40)}” of yours. Look in the list of workshops.`);

function requireUnstarted({ state }: Workshop): void {
  if (state === "created" || state === "failed") return;
  throw new Problem("STATE_CONFLICT", `The workshop is ${state}; starter files are put before the start.`);
}
