import { chmodSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Access, openAccess } from "./access.ts";
import { VERSION } from "./config.ts";
import { CLOSE } from "./contract/close.ts";
import { Problem } from "./contract/errors.ts";
import type { ArchiveFolder, MachineReport } from "./contract/machine.ts";
import { AGENT_MARKER } from "./contract/running.ts";
import { openDispatch } from "./dispatch.ts";
import { sendArchive } from "./files/handle.ts";
import { requireOpenat2 } from "./files/syscalls.ts";
import { watchFiles } from "./files/watching.ts";
import { faultReporter, type Log, openLog } from "./log.ts";
import { openDocuments } from "./machine/documents.ts";
import { openEvents } from "./machine/events.ts";
import { openGreeting } from "./machine/greeting.ts";
import { type Identity, openIdentity } from "./machine/identity.ts";
import { startLagProbe } from "./machine/lag.ts";
import { lockMachine } from "./machine/lock.ts";
import { openPresence } from "./machine/presence.ts";
import { assembleReport } from "./machine/report.ts";
import { lastPorts, rotateLog, writeAddress, writePid } from "./machine/running.ts";
import { starterPath } from "./machine/starters.ts";
import { type Rooms, routes } from "./routes.ts";
import { openSeats } from "./seats/manager.ts";
import { processRuntime } from "./seats/process/runtime.ts";
import { type Listening, type ListenOptions, listen } from "./server.ts";
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

/** `sockaddr_un` takes 107 bytes. */
const SOCKET_PATH_LIMIT = 107;

/**
 * Serves the machine of `directory` until it is stopped.
 * @throws with a sentence when another agent serves it, its document is missing, or this computer lacks what seats need
 */
export async function startAgent(directory: string, pages: Pages): Promise<Agent> {
  // Whoever looks for agents by their mark shall not find a learner's shell.
  delete process.env[AGENT_MARKER];
  requireOpenat2();
  if (!existsSync(directory)) throw new Error(`there is no directory "${directory}": --machine names the machine's own`);
  const lock = lockMachine(directory);
  writePid(directory);
  const log = openMachineLog(directory);
  const report = faultReporter(log);
  const documents = openDocuments(directory);
  const { machine } = documents.current();
  const identity = openIdentity(directory, machine);
  const [presence, events, lag] = [openPresence(directory), openEvents(), startLagProbe()];
  const startedAt = new Date().toISOString();

  const sockets = openSockets((seat, viewers, before) => {
    if (before === 0) presence.connected(seat);
    if (viewers === 0) presence.disconnected(seat);
    events.changed();
  });
  const runtime = processRuntime({ path: process.env.PATH });
  const seats = await openSeats({
    ...{ directory, machine, runtime, onTrouble: report },
    starterPath: (digest) => starterPath(directory, digest),
  });
  seats.onChange(events.changed);
  const wanted = openWanted({ current: documents.current, sockets, presence, want: (document) => seats.want(document) });
  wanted.apply(documents.current());
  const terminals = new Terminals(new InputLedger(join(directory, "input.ledger")));
  const access = openAccess(documents.current, identity.cookieKey);
  const preview = () => ({ available: false, reason: "This release has no preview yet.", fix: "" }) as const;

  const machineReport = (): Promise<MachineReport> =>
    assembleReport(documents.current().revision, {
      ...{ agent: VERSION, runtime: seats.runtime.name, startedAt, viewers: sockets.viewers, times: presence.of, preview },
      seats: () => seats.report(),
      leftovers: () => seats.leftovers(),
      removed: () => seats.removed(),
    });

  const rooms: Rooms = {
    ...{ directory, access, secure: false, document: documents.current, report: machineReport, ...pages },
    features: () => ({ preview: preview(), isolation: seats.runtime.isolation }),
    seat: (seat) => seats.seat(seat),
    status: (seat) => seats.status(seat),
    metrics: () => ({ lag: lag.read(), rssBytes: process.memoryUsage.rss(), sockets: sockets.open() }),
    put: (value) => {
      wanted.apply(documents.put(value));
      events.changed();
      return machineReport();
    },
    greet: openGreeting(identity, documents.nonce),
    archive: (request, url) => {
      const sources = foldersIn(url).flatMap(({ seat, folder }) => {
        const files = seats.files(seat);
        return files ? [{ seat: files, folder }] : [];
      });
      return sendArchive(request, sources, "workshop.zip");
    },
    events: events.open,
    terminal: (seat, peer, options) => terminals.view(seat, peer, options),
    watch: watchFiles,
    screen: () => {
      throw new Problem("NOT_FOUND", preview().reason);
    },
  };
  const listening = openListeners(directory, identity, access, rooms, {
    sockets,
    report,
    joinUrl: () => joinUrl(rooms.document()),
  });
  writeAddress(directory, {
    ...{ pid: process.pid, startedAt, url: `http://localhost:${listening.open.port}` },
    ...{ plane: { port: listening.plane.port }, public: { port: listening.open.port } },
  });
  log.info({ machine, plane: listening.plane.port, public: listening.open.port, version: VERSION }, "serving");

  return {
    fault: report,
    stop: async () => {
      log.info("leaving");
      sockets.cutAll(CLOSE.RESTART, "The machine's agent starts again.");
      wanted.close();
      events.close();
      await Promise.race([terminals.settled(), Bun.sleep(LEAVE_MS / 2)]);
      await Promise.race([Promise.allSettled([listening.stop(), seats.close()]), Bun.sleep(LEAVE_MS / 2)]);
      lag.stop();
      lock.release();
    },
  };
}

function openMachineLog(directory: string): Log {
  const path = join(directory, "agent.log");
  rotateLog(path);
  return openLog(path);
}

interface Listeners {
  open: Listening;
  plane: Listening;
  stop(): Promise<unknown>;
}

type Common = Pick<ListenOptions, "sockets" | "report" | "joinUrl">;

function openListeners(directory: string, identity: Identity, access: Access, rooms: Rooms, common: Common): Listeners {
  const hosts = new Set<string>();
  const dispatch = openDispatch({ table: routes(rooms), access, hosts: () => hosts });
  const last = lastPorts(directory);
  const tls = { key: identity.key, cert: identity.certificate };
  const plane = atPort(last.plane, (port) =>
    listen({ ...common, dispatch, listener: "plane", at: { hostname: "127.0.0.1", port }, tls }),
  );
  const open = atPort(last.public, (port) =>
    listen({ ...common, dispatch, listener: "public", at: { hostname: "127.0.0.1", port } }),
  );
  hosts.add(`localhost:${open.port}`).add(`127.0.0.1:${open.port}`);
  const owner = listenForOwner(directory, { ...common, dispatch });
  return { open, plane, stop: () => Promise.all([open.stop(), plane.stop(), owner?.stop()]) };
}

/** The port of the agent before, where learners' pages look; another one when somebody took it meanwhile. */
function atPort(port: number, start: (port: number) => Listening): Listening {
  try {
    return start(port);
  } catch (error) {
    if (port === 0) throw error;
    return start(0);
  }
}

/** The command line's socket. Where the directory's path is too long for one, there is no command line, and all else works. */
function listenForOwner(directory: string, options: Common & Pick<ListenOptions, "dispatch">): Listening | undefined {
  const unix = join(directory, "agent.sock");
  if (Buffer.byteLength(unix) > SOCKET_PATH_LIMIT) return undefined;
  rmSync(unix, { force: true });
  const listening = listen({ ...options, listener: "owner", at: { unix } });
  chmodSync(unix, 0o600);
  return listening;
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
