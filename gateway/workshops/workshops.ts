import type { Logger } from "pino";
import { Problem } from "../../agent/contract/errors.ts";
import type { Fit } from "../../agent/contract/fit.ts";
import { whyNotPlain } from "../../agent/definition/plain.ts";
import type { Costs, Machines, Secrets } from "../../provision/cloud.ts";
import type { CostView } from "../../views/cost.ts";
import type { StarterView, WorkshopView } from "../../views/workshop.ts";
import type { CostWish, WorkshopService, WorkshopWish } from "../services.ts";
import type { Archives } from "./archives.ts";
import { usualBoot } from "./booting.ts";
import { costNow, expectedCost, plannedHours } from "./costs.ts";
import type { Definitions } from "./definitions.ts";
import type { Driver } from "./drive.ts";
import { foldersOf } from "./folders.ts";
import type { Guesses } from "./guesses.ts";
import { checkedWish, InputProblem } from "./input.ts";
import type { LogAddress, Logs } from "./logs.ts";
import { requireRoom } from "./machines-most.ts";
import { extended, scheduled } from "./moved-times.ts";
import { created, started, stopped, type Wish } from "./moves.ts";
import { newCode, newWorkshopId } from "./names.ts";
import { ownedWorkshop, requireOwned } from "./owned.ts";
import type { Whole, Workshop } from "./record.ts";
import type { Reports } from "./reports.ts";
import type { PublicNames } from "./resources/kind.ts";
import { CREATE } from "./resources/machine.ts";
import { withoutReports } from "./resources/machine-row.ts";
import { free, freeTakenFrom } from "./seats.ts";
import { show } from "./show.ts";
import type { Starters } from "./starters.ts";
import type { Store } from "./store.ts";
import type { TimesWish } from "./times.ts";
import type { Watching } from "./watch.ts";
import { KEY_DAYS, secretName, type WorkshopState } from "./workshop.ts";

/** A stop that takes longer than a browser's or a script's patience is answered before its end. */
const STOP_WAIT_SECONDS = 50;
/** How often a waiting stop looks. */
const STOP_LOOK_MS = 50;

/** What is usual changes with image and zone: the last starts tell. */
const BOOTS_LOOKED_AT = 5;

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
  /** So long before its time a class is started. */
  leadMs: number;
  log: Logger;
  /** A workshop was made with this key. */
  keyMade(id: string, apiKey: string): void;
  /** Where machines have any. */
  publicNames?: PublicNames;
  /** Where machines cost money. */
  costs?: Costs;
  /** Of all classes together. */
  machinesMost?: number;
}

/** What an instructor does with workshops. */
export class Workshops implements WorkshopService {
  constructor(private readonly tools: WorkshopTools) {}

  async list(owner: string): Promise<WorkshopView[]> {
    const ids = await this.tools.store.ids(owner);
    const all = await Promise.all(ids.map((id) => this.tools.store.whole(id)));
    const shown = await Promise.allSettled(all.flatMap((whole) => (whole ? this.#shown(whole) : [])));
    return shown.flatMap((one) => {
      if (one.status === "fulfilled") return one.value;
      this.tools.log.error({ err: one.reason, owner }, "a workshop is missing from its owner's list");
      return [];
    });
  }

  async find(owner: string, id: string): Promise<WorkshopView> {
    const whole = await ownedWorkshop(this.tools.store, owner, id);
    await this.tools.reports.refresh(whole);
    return this.#shown(whole);
  }

  async create(owner: string, wish: WorkshopWish, zone?: string): Promise<WorkshopView> {
    const { name, seats, hours, apiKey, smallSeats, definition, times } = await checkedWish({ ...wish }, zone);
    await this.#requireFit(seats, smallSeats, definition.text);
    const archive = definition.archive && (await this.tools.definitions.keep(definition.archive));
    const environment = { ...definition.environment, ...(archive && { archive }) };
    const { text = null, written = null } = definition;
    const id = await this.#record(owner, { name, seats, hours, definition: text, written, environment, times });
    try {
      await this.tools.secrets.put(secretName(id), apiKey, { workshop: id, expiresAt: Date.now() + KEY_DAYS * 86_400_000 });
    } catch (cause) {
      // It may be there in part, or its answer was lost; what can't be removed now has an end of its own.
      await this.tools.secrets.remove(secretName(id)).catch(() => {});
      await this.tools.store.discard(id);
      throw new Problem("UNAVAILABLE", "The API key could not be sealed, so the workshop was not made. Try again.", { cause });
    }
    this.tools.keyMade(id, apiKey);
    return this.find(owner, id);
  }

  async fit(seats: number): Promise<Fit> {
    return (await this.tools.machines.fit?.(seats)) ?? { verdict: "good" };
  }

  cost({ seats, hours, startsAt = null, endsAt = null }: CostWish): CostView | undefined {
    const times = { hours, starts_at: startsAt, planned_end: endsAt };
    const length = plannedHours(times, this.tools.leadMs, Date.now());
    return this.tools.costs && expectedCost(this.tools.costs, { seats, hours: length });
  }

  async start(owner: string, id: string): Promise<WorkshopState> {
    await requireOwned(this.tools.store, owner, id);
    const { store, publicNames, machinesMost: most } = this.tools;
    const held = await store.change(id, (now, { elsewhere }) =>
      requireRoom(now, started(now, new Date(), publicNames), { elsewhere, most }),
    );
    this.#changed(id);
    return held?.workshop.state ?? "provisioning";
  }

  async schedule(owner: string, id: string, times: TimesWish, zone?: string): Promise<WorkshopView> {
    await requireOwned(this.tools.store, owner, id);
    await this.tools.store.change(id, (held) => scheduled(held, times, new Date(), zone));
    this.#changed(id);
    return this.find(owner, id);
  }

  async extend(owner: string, id: string, endsAt: unknown, zone?: string): Promise<WorkshopView> {
    await requireOwned(this.tools.store, owner, id);
    await this.tools.store.change(id, (held) => extended(held, endsAt, new Date(), zone));
    this.#changed(id);
    return this.find(owner, id);
  }

  async stop(owner: string, id: string, choice: { keepWork?: boolean; waitSeconds?: number } = {}): Promise<WorkshopState> {
    const { learners: all } = await ownedWorkshop(this.tools.store, owner, id);
    const { keepWork, waitSeconds = STOP_WAIT_SECONDS } = choice;
    const kept = await this.tools.archives.kept(id, foldersOf(all));
    const now = new Date();
    await this.tools.store.change(id, (held, { learners }) => stopped(held, { keepWork, learners: learners > 0, kept }, now));
    this.#changed(id);
    const end = Date.now() + waitSeconds * 1000;
    for (let seen: number | undefined; Date.now() < end; await Bun.sleep(STOP_LOOK_MS)) {
      // Cheap: hundreds may stop at once.
      const revision = await this.tools.store.revision(id);
      if (revision === seen) continue;
      seen = revision;
      const whole = await this.tools.store.whole(id);
      if (whole?.workshop.receipt) return "stopped";
      // Nothing will change before the instructor has chosen.
      if (whole?.workshop.work_problem) return "stopping";
    }
    return "stopping";
  }

  async freeSeat(owner: string, id: string, seat: number): Promise<void> {
    await requireOwned(this.tools.store, owner, id);
    await free(this.tools.store.db, id, seat);
    this.#changed(id);
  }

  async freeSeatsTakenFrom(owner: string, id: string, address: string): Promise<void> {
    await requireOwned(this.tools.store, owner, id);
    await freeTakenFrom(this.tools.store.db, id, address);
    this.#changed(id);
  }

  async putStarter(owner: string, id: string, file: { name: string; body: ReadableStream<Uint8Array> }): Promise<StarterView> {
    requireUnstarted((await ownedWorkshop(this.tools.store, owner, id)).workshop);
    const starter = await this.tools.starters.keep(file.name, file.body);
    await this.tools.store.change(id, (held) => {
      requireUnstarted(held.workshop);
      return { ...held, workshop: { ...held.workshop, starter } };
    });
    this.tools.watching.hint(id);
    return starter;
  }

  async taskLog(owner: string, id: string, log: LogAddress): Promise<ReadableStream<Uint8Array> | Blob> {
    return this.tools.logs.read(await ownedWorkshop(this.tools.store, owner, id), log);
  }

  async archive(owner: string, id: string): Promise<{ body: AsyncGenerator<Uint8Array> | Blob; name: string }> {
    const { workshop } = await ownedWorkshop(this.tools.store, owner, id);
    if (!workshop.archive) throw new Problem("NOT_FOUND", `No archive of “${workshop.name}” is kept.`);
    const name = `${workshop.name.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "") || workshop.id}.zip`;
    return { body: await this.tools.archives.read(id), name };
  }

  async removeArchive(owner: string, id: string): Promise<void> {
    await requireOwned(this.tools.store, owner, id);
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
      yield await this.#shown(whole);
    }
  }

  async #shown(whole: Whole): Promise<WorkshopView> {
    const { id, state } = whole.workshop;
    const guessing = this.tools.guesses.of(id);
    const cost = this.tools.costs && costNow(this.tools.costs, whole, this.tools.leadMs, Date.now());
    const usualBootMs =
      state === "provisioning" ? usualBoot(await this.tools.store.took(CREATE.key, BOOTS_LOOKED_AT)) : undefined;
    return {
      ...this.#read(whole),
      ...(guessing && { guessing }),
      ...(cost && { cost }),
      ...(usualBootMs !== undefined && { usualBootMs }),
    };
  }

  /** One whose machine's report can't be read is shown without it: it costs money all the same, and is to be stopped. */
  #read(whole: Whole): WorkshopView {
    try {
      return show(whole, this.tools.reports.seen(whole), this.tools.leadMs);
    } catch (error) {
      this.tools.log.error({ err: error, workshop: whole.workshop.id }, "shown as if no machine had reported");
      return show(withoutReports(whole), () => ({ report: undefined, answers: false }), this.tools.leadMs);
    }
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
}

function requireUnstarted({ state }: Workshop): void {
  if (state === "created" || state === "failed") return;
  throw new Problem("STATE_CONFLICT", `The workshop is ${state}; starter files are put before the start.`);
}
