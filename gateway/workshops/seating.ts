import { Problem } from "../../agent/contract/errors.ts";
import { machineOfSeat } from "../../agent/contract/seats.ts";
import type { LearnerTable } from "../db/schema.ts";
import { newBrowser } from "../people/cookies.ts";
import { digestOf } from "../people/digest.ts";
import type { Again, Caller, Entered, SeatingService, Waiting } from "../services.ts";
import type { Keys } from "../tokens/keys.ts";
import { awaySeats } from "./away-seats.ts";
import { type Codes, unlessLimited } from "./codes.ts";
import type { Guesses } from "./guesses.ts";
import { InputProblem } from "./input.ts";
import { odehashKey, oneLine } from "./names.ts";
import type { Whole, Workshop } from "./record.ts";
import type { Reports } from "./reports.ts";
import { byBrowser, refuseClosed, type Sitter, sit, sitsAt } from "./seats.ts";
import { show } from "./show.ts";
import type { Store } from "./store.ts";
import { doorOf, keptUntil, LEARNER_NAME_LIMIT, machineName } from "./workshop.ts";

export interface SeatingTools {
  store: Store;
  keys: Keys;
  reports: Reports;
  codes: Codes;
  guesses: Guesses;
}

/** Who sits where: join, come back, continue. */
export class Seating implements SeatingService {
  constructor(private readonly tools: SeatingTools) {}

  async enter(wish: { code: string; odehash?: string; name?: string }, caller: Caller): Promise<Entered> {
    const workshop = await this.tools.codes.find(wish.code, caller);
    refuseClosed(workshop);
    const odehash = wish.odehash === undefined ? undefined : checkedOdehash(wish.odehash);
    const browser = caller.browser && digestOf(caller.browser);
    const away = awaySeats((await this.tools.store.whole(workshop.id)) ?? { seats: [], rows: [] });
    const sitter = { name: checkedName(wish.name ?? ""), odehash, browser, address: caller.address, away };
    const learner = odehash ? await this.#comeBack(workshop.id, sitter) : await sit(this.tools.store.db, workshop.id, sitter);
    if (learner) return this.#ticket(workshop, learner);
    throw new Problem(
      "SESSION_NOT_FOUND",
      `No seat of ${workshop.code} has the reconnect code ${odehash}. If it is lost, your instructor can let you back in.`,
    );
  }

  /** Whose browser it is needs no luck: what is typed in it is its own code. All others may be guessing. */
  async #comeBack(id: string, sitter: Sitter): Promise<LearnerTable | undefined> {
    const { db } = this.tools.store;
    const known = await byBrowser(db, id, sitter.browser);
    if (known && known.odehash === sitter.odehash) return sit(db, id, sitter);
    const { address } = sitter;
    const takeBack = await this.tools.guesses.begin(id, known?.id ?? sitter.browser, address, await sitsAt(db, id, address));
    const learner = await sit(db, id, sitter);
    if (learner) takeBack();
    else this.tools.guesses.wrong(id, address);
    return learner;
  }

  async waiting(code: string, caller: Caller): Promise<Waiting | undefined> {
    const workshop = await this.tools.codes.find(code, caller).catch(unlessLimited);
    const whole = workshop && (await this.tools.store.whole(workshop.id));
    if (!whole) return undefined;
    const { id, name, state, starts_at, stopped_at, stop_at } = whole.workshop;
    // Nobody here is told when machines are made.
    const view = show(whole, this.tools.reports.seen(whole), 0);
    const endedAt = stopped_at ?? stop_at;
    const kept = keptUntilOf(whole.workshop);
    const mine = doorOf(state) === "over" && caller.browser ? await this.#lastSeat(id, caller.browser) : undefined;
    const seats = view.seats.map(({ seat, build }) => ({ seat, is: build }));
    const full = doorOf(state) === "open" && (await this.#isFullSoFar(whole, caller));
    return {
      name,
      door: full ? "soon" : doorOf(state),
      ...(full && { full }),
      seats,
      ...(doorOf(state) === "soon" && starts_at && { startsAt: starts_at }),
      ...(endedAt && { endedAt }),
      ...(kept && { keptUntil: kept }),
      ...(mine && { mine }),
    };
  }

  /** Nothing is free for whoever asks, and something will be. */
  async #isFullSoFar(whole: Whole, { browser }: Caller): Promise<boolean> {
    const { workshop, seats, learners } = whole;
    const away = awaySeats(whole);
    const taken = new Set(learners.filter(({ closed_at }) => closed_at === null).map(({ seat }) => seat));
    const free = seats.filter(({ seat }) => !taken.has(seat));
    if (free.length === 0 || free.some(({ seat, ready }) => ready === 1 && !away.has(seat))) return false;
    return (await byBrowser(this.tools.store.db, workshop.id, browser && digestOf(browser))) === undefined;
  }

  async ended(browser: string): Promise<string | undefined> {
    const last = await this.tools.store.db
      .selectFrom("browsers")
      .innerJoin("learners", "learners.id", "browsers.learner")
      .innerJoin("workshops", "workshops.id", "browsers.workshop")
      .select(["workshops.code", "workshops.state"])
      .where("browsers.digest", "=", digestOf(browser))
      .orderBy("learners.entered_at", "desc")
      .executeTakeFirst();
    return last && doorOf(last.state) === "over" ? last.code : undefined;
  }

  async #lastSeat(workshop: string, browser: string): Promise<Waiting["mine"]> {
    const last = await this.tools.store.db
      .selectFrom("browsers")
      .innerJoin("learners", "learners.id", "browsers.learner")
      .select(["learners.seat", "learners.name", "learners.why"])
      .where("browsers.workshop", "=", workshop)
      .where("browsers.digest", "=", digestOf(browser))
      .executeTakeFirst();
    return last && { seat: last.seat, name: last.name, freed: last.why === "freed" };
  }

  async again(browser: string): Promise<Again | undefined> {
    const row = await this.tools.store.db
      .selectFrom("browsers")
      .innerJoin("learners", "learners.id", "browsers.learner")
      .innerJoin("workshops", "workshops.id", "browsers.workshop")
      .select(["workshops.id", "workshops.name as workshop", "workshops.code", "workshops.state", "workshops.ends_at"])
      .select(["learners.seat", "learners.name", "learners.odehash"])
      .where("browsers.digest", "=", digestOf(browser))
      .where("learners.closed_at", "is", null)
      .where("workshops.state", "in", ["provisioning", "running"])
      .orderBy("learners.entered_at", "desc")
      .executeTakeFirst();
    if (!row) return undefined;
    const { id, state, ends_at, ...rest } = row;
    return { workshopId: id, ...rest, open: state === "running", ...(ends_at && { endsAt: ends_at }) };
  }

  newBrowser(): string {
    return newBrowser();
  }

  async #ticket(workshop: Workshop, learner: LearnerTable): Promise<Entered> {
    const machine = machineOfSeat(learner.seat);
    const { endpoint, url, ip } = (await this.tools.store.machine(workshop.id, machine)) ?? {};
    if (!endpoint || !url)
      throw new Problem("UNAVAILABLE", "The machine of your seat has no address yet. Try again in a moment.");
    const { seat, odehash, name, generation } = learner;
    const who = { workshopId: workshop.id, machine, seat, odehash, gen: generation, name };
    const token = await this.tools.keys.learnerToken({ ...who, aud: machineName(workshop.id, machine), vmIp: ip ?? "127.0.0.1" });
    return { token, endpoint, url: `${url}/?token=${token}`, odehash, seat };
  }
}

/** While the archive is still being packed, its time counts from the stop. */
function keptUntilOf({ archive, work, stop_at }: Workshop): string | undefined {
  if (archive) return archive.keptUntil;
  return work === "wanted" && stop_at ? keptUntil(new Date(stop_at)) : undefined;
}

function checkedOdehash(typed: string): string {
  const odehash = odehashKey(typed);
  if (odehash) return odehash;
  throw new InputProblem({
    odehash: `“${typed.slice(0, 20)}” is not a reconnect code. It has five letters and digits and stood at the top of your page.`,
  });
}

function checkedName(typed: string): string {
  const name = oneLine(typed);
  if ([...name].length <= LEARNER_NAME_LIMIT) return name;
  throw new InputProblem({ name: `Your name has ${[...name].length} characters. Use at most ${LEARNER_NAME_LIMIT}.` });
}
