import { join } from "node:path";
import { hasEnded, openAccess } from "./access.ts";
import { openApi } from "./api/api.ts";
import { openClaude } from "./claude.ts";
import { DEFINITION_ARCHIVE_LIMIT, UPLOAD_LIMIT } from "./contract/files.ts";
import { mediaPorts, NEKO_CDP_PORT, type NekoSettings, nekoSettings } from "./contract/neko.ts";
import { upstreamOf } from "./contract/upstream.ts";
import { followSeats } from "./follow.ts";
import { openDocuments } from "./machine/documents.ts";
import { openDoor } from "./machine/door.ts";
import { openEvents } from "./machine/events.ts";
import { openGreeting } from "./machine/greeting.ts";
import { openIdentity } from "./machine/identity.ts";
import { openKeptArchives } from "./machine/kept-archives.ts";
import { openPresence } from "./machine/presence.ts";
import { withAddress } from "./machine-address.ts";
import { openMetrics } from "./metrics.ts";
import { openPorts } from "./ports/ports.ts";
import { openPreviews } from "./previews/previews.ts";
import { openKeeper } from "./project/keeper.ts";
import { relayEnvironment } from "./relay/environment.ts";
import { openRelay } from "./relay/relay.ts";
import { openTokens } from "./relay/tokens.ts";
import { openReports } from "./reports.ts";
import { openSeatNews } from "./seat-news.ts";
import { openSeats, type SeatManager } from "./seats/manager.ts";
import type { MakeRuntime } from "./seats/runtime.ts";
import { openSession } from "./session.ts";
import { openSockets } from "./sockets.ts";
import { InputLedger } from "./terminals/ledger.ts";
import { Terminals } from "./terminals/terminals.ts";
import { openWanted } from "./wanted.ts";

export interface RoomsGiven {
  directory: string;
  runtime: MakeRuntime;
  pages: Pages;
  report(error: unknown): void;
  /** No workshop of its project is left. */
  empty(): Promise<void>;
  /** Of a door of its own, where it has one. */
  doorPorts?: readonly [http: number, https: number] | undefined;
}

/** What browsers are served besides a seat's own. */
export interface Pages {
  asset(request: Request): Response | undefined;
  page(name: string, request: Request): Response;
}

export type Rooms = Awaited<ReturnType<typeof openRooms>>;

/** Every room of a machine, each on one line with those that it needs; the rows of `routes.ts` call them. */
export async function openRooms({ directory, runtime, pages, report, empty, doorPorts }: RoomsGiven) {
  const documents = openDocuments(directory);
  const { machine, project } = documents.current();
  const identity = openIdentity(directory, machine);
  const [presence, events] = [openPresence(directory), openEvents()];
  const starters = openKeptArchives(join(directory, "starter"), UPLOAD_LIMIT, "starter archive");
  const definitions = openKeptArchives(definitionsIn(directory), DEFINITION_ARCHIVE_LIMIT, "definition's archive");
  const sockets = openSockets((seat, viewers, before) => {
    if (before === 0) presence.connected(seat);
    if (viewers === 0) presence.disconnected(seat);
    events.changed();
  });
  const tokens = openTokens(identity.cookieKey, documents.current().workshop.id);
  const relay = openRelay({
    ...{ directory, tokens, upstream: upstreamOf(process.env.CLARATEACH_LLM_URL), document: documents.current },
    open: () => !hasEnded(documents.current(), Date.now()),
    changed: events.changed,
    trouble: report,
  });
  const generationOf = (seat: number) => documents.current().seats.find((one) => one.seat === seat)?.generation ?? 0;
  const environment = (seat: number, port: number) => relayEnvironment(port, tokens.of(seat, generationOf(seat)));
  const claude = openClaude({ directory, document: documents.current, seats: () => seats, trouble: report });
  const paths = { starterPath: starters.path, definitionPath: definitions.path };
  const seats: SeatManager = await openSeats({
    ...{ directory, machine, project, runtime, environment, cli: claude.wish },
    ...{ ...paths, onTrouble: report },
  });
  const inImage = seats.runtime.isolation === "container";
  const terminals = new Terminals(new InputLedger(join(directory, "input.ledger")), seats);
  const onDriven = (seat: number, driven: boolean) => terminals.setDriven(seat, driven);
  const neko = await withAddress(nekoSettings(process.env));
  const previews = openPreviews({ path: process.env.PATH, inImage, neko, onDriven, onTrouble: report });
  const access = openAccess(documents.current, identity.cookieKey);
  const ports = openPorts({
    ...{ document: documents.current, key: identity.cookieKey, ready: (number) => seats.seat(number) },
    ours: portsOfNeko(neko),
    mayStay: ({ seat, generation }) => access.stays({ seat, gen: generation }),
    seat: ({ seat, generation }) => session.seat({ seat, gen: generation }),
  });
  const session = openSession({ documents, access, seats, previews, ports, relay, claude });
  const numbers = () => documents.current().seats.map(({ seat }) => seat);
  const seat = (number: number) => seats.seat(number);
  const follow = [previews, relay, ports].map((room) => followSeats(room, numbers, seat, report));
  seats.onChange(() => {
    for (const one of follow) one();
    relay.look();
    claude.look();
    events.changed();
  });
  const door =
    doorPorts && openDoor({ directory, document: documents.current, ports: doorPorts, changed: events.changed, trouble: report });
  const wanted = openWanted({ documents, sockets, presence, events, seats, door });
  const keeper = openKeeper({ documents, seats, archives: definitionsIn(directory), put: wanted.take, empty, trouble: report });
  const api = openApi({ directory, documents, seats, sockets, project: keeper });
  return {
    ...{
      api,
      door,
      pages,
      documents,
      identity,
      events,
      starters,
      definitions,
      sockets,
      seats,
      terminals,
      previews,
      relay,
      access,
    },
    greeting: openGreeting(identity, documents.nonce),
    wanted,
    keeper,
    ports,
    news: openSeatNews(seats, ports),
    session,
    reports: openReports({ documents, seats, sockets, presence, previews, relay, door }),
    metrics: openMetrics(sockets),
  };
}

/** Which ports of a seat neko has, where there may be one. */
function portsOfNeko(neko: NekoSettings | undefined): (port: number) => boolean {
  if (!neko) return () => false;
  const { first, last } = mediaPorts(neko);
  return (port) => port === NEKO_CDP_PORT || (port >= first && port <= last);
}

const definitionsIn = (directory: string): string => join(directory, "definition");
