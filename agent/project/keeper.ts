import { existsSync, mkdirSync, statSync } from "node:fs";
import { Problem } from "../contract/errors.ts";
import type { MachineDocument, WantedSeat } from "../contract/machine.ts";
import { missingProject } from "../contract/projects.ts";
import type { Documents } from "../machine/documents.ts";
import type { SeatManager } from "../seats/manager.ts";
import { withoutSeats, withWorkshops } from "./document.ts";
import { type ProjectWorkshop, readWorkshops } from "./read.ts";

/** A workshop that was read and not launched is forgotten then: whoever read it was cut off. */
const UNLAUNCHED_MS = 60_000;

/** Without any workshop it ends; whoever removed the last one may ask how that went. */
const EMPTY_MS = 5000;

const LOOK_MS = 1000;

/** What is done with a project's files and what follows from them. */
export interface ProjectKeeper {
  /** Takes workshops as their files say now, all or those named. Launching and refreshing lead there. @throws Problem; ProjectInvalid */
  take(names: readonly string[] | undefined): Promise<WantedSeat[]>;
  /** What people should know of a seat now: its directory is gone, or its files say something else than what it waits with. */
  trouble(seat: number): Promise<ProjectTrouble | undefined>;
  close(): void;
}

export interface ProjectTrouble {
  /** Nothing but removing it is of use. */
  missing: boolean;
  note: string;
}

export interface KeeperParts {
  documents: Documents;
  seats: Pick<SeatManager, "status" | "awaitLaunch" | "isMade" | "onChange">;
  /** Where archives of definitions are kept. */
  archives: string;
  /** The next document. */
  put(document: MachineDocument): void;
  /** No workshop is left: all goes. */
  empty(): Promise<void>;
  trouble(error: unknown): void;
}

/** The only writer of a project's document. Undefined: the machine is a class's, and its gateway writes it. */
export function openKeeper({ documents, seats, archives, put, empty, trouble: report }: KeeperParts): ProjectKeeper | undefined {
  const { project } = documents.current();
  if (!project) return undefined;
  const { directory } = project;
  const owner = project.owner?.uid ?? 0;
  /** Since when each is off; 0: it was there, and is removed. */
  const off = new Map<number, number>();
  let emptySince: number | undefined;
  let leaving = false;

  async function take(names: readonly string[] | undefined): Promise<WantedSeat[]> {
    mkdirSync(archives, { recursive: true, mode: 0o700 });
    const workshops = await readWorkshops(directory, names, archives, owner);
    // It took a while, and what follows is one step.
    if (leaving) throw new Problem("UNAVAILABLE", "The last workshop of this project was just removed. Ask again in a moment.");
    const before = documents.current();
    const next = withWorkshops(before, workshops);
    const added = next.seats.filter(({ seat }) => !before.seats.some((one) => one.seat === seat));
    for (const one of added) seats.awaitLaunch(one);
    put(next);
    emptySince = undefined;
    return next.seats.filter(({ name }) => workshops.some((one) => one.name === name));
  }

  function look(): void {
    const { seats: wanted } = documents.current();
    for (const one of wanted) {
      const status = seats.status(one.seat);
      // Who launched it reads why, and launches it again: nothing does by itself.
      if (status === "error" && !seats.isMade(one.seat)) seats.awaitLaunch(one);
      note(one.seat, status === "off");
    }
    const gone = wanted.filter(({ seat }) => isOver(off.get(seat))).map(({ seat }) => seat);
    for (const seat of gone) off.delete(seat);
    if (gone.length > 0) put(withoutSeats(documents.current(), gone));
    leaveWhenEmpty();
  }

  function note(seat: number, isOff: boolean): void {
    if (!isOff) off.set(seat, THERE);
    else if (off.get(seat) === THERE) off.set(seat, 0);
    else if (!off.has(seat)) off.set(seat, performance.now());
  }

  function leaveWhenEmpty(): void {
    if (documents.current().seats.length > 0) emptySince = undefined;
    else emptySince ??= performance.now();
    if (leaving || emptySince === undefined || performance.now() - emptySince < EMPTY_MS) return;
    leaving = true;
    empty().catch((error) => {
      report(error);
      [leaving, emptySince] = [false, undefined];
    });
  }

  async function trouble(seat: number): Promise<ProjectTrouble | undefined> {
    if (!isDirectory(directory)) return { missing: true, note: missingProject(directory) };
    const one = documents.current().seats.find((each) => each.seat === seat);
    if (!one?.name || seats.status(seat) !== "waiting") return undefined;
    const now = await readWorkshops(directory, [one.name], archives, owner).catch((error: unknown) => error);
    if (Array.isArray(now) && isSame(one, now[0])) return undefined;
    return { missing: false, note: CHANGED };
  }

  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  const stop = seats.onChange(() => queueMicrotask(look));
  function close(): void {
    clearInterval(timer);
    stop();
  }
  return { take, trouble, close };
}

const THERE = Number.POSITIVE_INFINITY;

const isOver = (since: number | undefined): boolean =>
  since !== undefined && since !== THERE && (since === 0 || performance.now() - since > UNLAUNCHED_MS);

const isSame = ({ definition, definitionArchive }: WantedSeat, now: ProjectWorkshop | undefined): boolean =>
  now !== undefined && definition === now.definition && definitionArchive?.digest === now.archive;

const isDirectory = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

const CHANGED =
  "definition changed: its files say something else now. Continuing goes on with what this change began with; abort it, then ask again, to take what they say";
