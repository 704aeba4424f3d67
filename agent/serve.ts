import { existsSync } from "node:fs";
import { join } from "node:path";
import { openAccess } from "./access.ts";
import { VERSION } from "./config.ts";
import { CLOSE } from "./contract/close.ts";
import { Problem } from "./contract/errors.ts";
import type { ArchiveFolder, MachineReport, SeatReport } from "./contract/machine.ts";
import { AGENT_MARKER, type RuntimeWish } from "./contract/running.ts";
import { sendArchive } from "./files/handle.ts";
import { requireOpenat2 } from "./files/syscalls.ts";
import { watchFiles } from "./files/watching.ts";
import { followSeats } from "./follow.ts";
import { openListeners } from "./listeners.ts";
import { faultReporter, openLog } from "./log.ts";
import { openDocuments } from "./machine/documents.ts";
import { openEvents } from "./machine/events.ts";
import { openGreeting } from "./machine/greeting.ts";
import { openIdentity } from "./machine/identity.ts";
import { startLagProbe } from "./machine/lag.ts";
import { lockMachine } from "./machine/lock.ts";
import { openPresence } from "./machine/presence.ts";
import { assembleReport } from "./machine/report.ts";
import { rotateLog, writeAddress, writePid } from "./machine/running.ts";
import { starterPath } from "./machine/starters.ts";
import { openPreviews } from "./previews/previews.ts";
import type { Rooms } from "./routes.ts";
import { chooseRuntime } from "./runtimes.ts";
import { openSeats } from "./seats/manager.ts";
import type { MakeRuntime } from "./seats/runtime.ts";
import { joinUrl } from "./session.ts";
import { openSockets } from "./sockets.ts";
import { InputLedger } from "./terminals/ledger.ts";
import { Terminals } from "./terminals/terminals.ts";
import { openWanted } from "./wanted.ts";

export type Pages = Pick<Rooms, "asset" | "page">;

export interface Agent {
  /** Tells everybody to come back, lets what was typed arrive, and ends within `LEAVE_MS`. Shells stay. */
  stop(): Promise<void>;
  /** Writes down what no room caught. */
  fault(error: unknown): void;
}

/** Ctrl-C of the whole thing takes at most 2 s. */
const LEAVE_MS = 1200;

/**
 * Serves the machine of `directory` until it is stopped.
 * @throws with a sentence when another agent serves it, its document is missing, or this computer lacks what seats need
 */
export async function startAgent(directory: string, wish: RuntimeWish, pages: Pages): Promise<Agent> {
  // Whoever looks for agents by their mark shall not find a learner's shell.
  delete process.env[AGENT_MARKER];
  requireOpenat2();
  const machine = openMachine(directory);
  const { log, report, documents, identity, startedAt } = machine;
  const life = await openLife(machine, await chooseRuntime(wish, directory, process.env));
  const rooms = openRooms(machine, life, pages);
  const listeners = openListeners(identity, rooms, {
    sockets: life.sockets,
    report,
    joinUrl: () => joinUrl(documents.current()),
  });
  const [plane, open] = [{ port: listeners.plane.port }, { port: listeners.open.port }];
  writeAddress(directory, { pid: process.pid, plane, public: open, url: `http://localhost:${open.port}`, startedAt });
  log.info({ machine: documents.current().machine, plane: plane.port, public: open.port, version: VERSION }, "serving");

  async function stop(): Promise<void> {
    log.info("leaving");
    life.sockets.cutAll(CLOSE.RESTART, "The machine's agent starts again.");
    life.wanted.close();
    machine.events.close();
    await within(LEAVE_MS / 2, [life.terminals.settled(), life.previews.close()]);
    await within(LEAVE_MS / 2, [listeners.stop(), life.seats.close()]);
    machine.lock.release();
  }
  return { fault: report, stop };
}

type Machine = ReturnType<typeof openMachine>;

/** What the machine is: its lock, document, identity, and what it knows of its learners. */
function openMachine(directory: string) {
  if (!existsSync(directory)) throw new Error(`there is no directory "${directory}": --machine names the machine's own`);
  const lock = lockMachine(directory);
  writePid(directory);
  rotateLog(join(directory, "agent.log"));
  const log = openLog(join(directory, "agent.log"));
  const documents = openDocuments(directory);
  const identity = openIdentity(directory, documents.current().machine);
  const [presence, events, lag] = [openPresence(directory), openEvents(), startLagProbe()];
  const startedAt = new Date().toISOString();
  return { directory, lock, log, report: faultReporter(log), documents, identity, presence, events, lag, startedAt };
}

type Life = Awaited<ReturnType<typeof openLife>>;

/** What goes on in it: seats, terminals, screens, sockets, and who may stay. */
async function openLife({ directory, documents, presence, events, report }: Machine, runtime: MakeRuntime) {
  const sockets = openSockets((seat, viewers, before) => {
    if (before === 0) presence.connected(seat);
    if (viewers === 0) presence.disconnected(seat);
    events.changed();
  });
  const seats = await openSeats({
    directory,
    machine: documents.current().machine,
    runtime,
    starterPath: (digest) => starterPath(directory, digest),
    onTrouble: report,
  });
  const previews = openPreviews({ path: process.env.PATH, inImage: seats.runtime.isolation === "container", onTrouble: report });
  const numbers = () => documents.current().seats.map(({ seat }) => seat);
  const follow = followSeats(previews, numbers, (seat) => seats.seat(seat), report);
  seats.onChange(() => {
    follow();
    events.changed();
  });
  const terminals = new Terminals(new InputLedger(join(directory, "input.ledger")));
  const wanted = openWanted({ current: documents.current, sockets, presence, want: (document) => seats.want(document) });
  wanted.apply(documents.current());
  return { sockets, seats, previews, terminals, wanted };
}

/** What the rows of the route table call. */
function openRooms(machine: Machine, life: Life, pages: Pages): Rooms {
  const { directory, documents, identity, events, lag } = machine;
  const { sockets, seats, previews, terminals, wanted } = life;
  const report = () => reportOf(machine, life);
  return {
    ...pages,
    directory,
    secure: () => documents.current().publicHost !== undefined,
    document: documents.current,
    access: openAccess(documents.current, identity.cookieKey),
    features: () => ({ preview: previews.feature(), isolation: seats.runtime.isolation }),
    seat: (seat) => seats.seat(seat),
    status: (seat) => seats.status(seat),
    report,
    ownerReport: async () => {
      const [plain, usage] = await Promise.all([report(), seats.usage()]);
      const withUsage = (one: SeatReport): SeatReport => {
        const takes = usage.get(one.seat);
        return takes ? { ...one, usage: takes } : one;
      };
      return { ...plain, seats: plain.seats.map(withUsage) };
    },
    metrics: () => ({ lag: lag.read(), rssBytes: process.memoryUsage.rss(), sockets: sockets.open() }),
    put: (value) => {
      wanted.apply(documents.put(value));
      events.changed();
      return report();
    },
    greet: openGreeting(identity, documents.nonce),
    archive: (request, url) => {
      const sources = foldersIn(url).map(({ seat, folder }) => ({ seat: seats.files(seat), folder }));
      return sendArchive(
        request,
        sources.flatMap(({ seat, folder }) => (seat ? [{ seat, folder }] : [])),
        "workshop.zip",
      );
    },
    events: events.open,
    terminal: (seat, peer, options) => terminals.view(seat, peer, options),
    watch: watchFiles,
    screen: previews.view,
  };
}

function reportOf({ documents, presence, startedAt }: Machine, { seats, sockets, previews }: Life): Promise<MachineReport> {
  return assembleReport(documents.current().revision, {
    agent: VERSION,
    runtime: seats.runtime.name,
    startedAt,
    seats: () => seats.report(),
    viewers: sockets.viewers,
    times: presence.of,
    preview: previews.feature,
    leftovers: () => seats.leftovers(),
    removed: () => seats.removed(),
  });
}

function foldersIn(url: URL): ArchiveFolder[] {
  const text = url.searchParams.get("folders") ?? "";
  try {
    const folders = JSON.parse(text) as ArchiveFolder[];
    if (folders.every(({ seat, folder }) => Number.isInteger(seat) && typeof folder === "string")) return folders;
  } catch {
    // The same sentence for JSON of another shape.
  }
  throw new Problem("INVALID_INPUT", `"folders" must be a JSON list of {seat, folder}: it is "${text.slice(0, 100)}"`);
}

/** What hangs mustn't hold the process. */
function within(ms: number, work: readonly Promise<unknown>[]): Promise<unknown> {
  return Promise.race([Promise.allSettled(work), Bun.sleep(ms)]);
}
