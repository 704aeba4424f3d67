import { apiRows } from "./api/rows.ts";
import { Problem } from "./contract/errors.ts";
import { DEFINITION_ARCHIVE_LIMIT, UPLOAD_LIMIT } from "./contract/files.ts";
import { TERMINAL_V1 } from "./contract/terminal.ts";
import { PATHS_LIMIT } from "./files/body.ts";
import { handleFiles } from "./files/handle.ts";
import { archiveSeats } from "./files/several-seats.ts";
import { watchFiles } from "./files/watching.ts";
import type { Rooms } from "./rooms.ts";
import { anyone, gateway, gatewaySocket, type LearnerCall, learner, learnerSocket, owner, type Row } from "./rows.ts";
import { terminalHistory } from "./terminals/history.ts";
import { nameIn, TITLE_BODY_LIMIT } from "./terminals/sessions.ts";

/** A machine document: ten seats, a few keys, a definition. */
const DOCUMENT_LIMIT = 256 * 1024;

/** A key has at most 4096 characters. */
const KEY_BODY_LIMIT = 8192;

/** THE table: who may, which call, which room answers. The first row that fits counts. */
export function routes(rooms: Rooms): Row[] {
  const { pages, documents, relay, session, seats, terminals, previews, greeting, wanted, reports, metrics, events } = rooms;
  const { starters, definitions, news, ports } = rooms;
  const seatOf = ({ learner }: LearnerCall) => session.seat(learner);
  const files = (call: LearnerCall) => handleFiles(call.request, seatOf(call), call.subpath);
  const sessions = (call: LearnerCall) => terminals.sessions.handle(call.request, seatOf(call), call.params.name);
  return [
    anyone("public", "GET", "/healthz", () => Response.json({ machine: documents.current().machine })),
    anyone("public", "GET", "/", ({ url }) => session.enter(url)),
    anyone("public", "GET", "/assets/*", ({ request }) => pages.asset(request) ?? nothing(request)),
    anyone("public", "GET", "/vm/:seat", ({ url }) => moved(`${url.pathname}/`)),

    learner("GET", "/vm/:seat/", ({ request }) => pages.page("workspace", request)),
    learner("GET", "/vm/:seat/session", ({ learner, request }) => session.info(learner, request)),
    learnerSocket("/vm/:seat/news", ({ learner }, peer) => news.open(learner.seat, peer)),
    learner("GET", "/vm/:seat/terminal/history", (call) => terminalHistory(seatOf(call), nameIn(call.url))),
    learnerSocket(
      "/vm/:seat/terminal",
      (call, peer, protocol) => terminals.view(seatOf(call), peer, protocol, nameIn(call.url)),
      TERMINAL,
    ),
    learner("GET", "/vm/:seat/terminals", sessions),
    learner("POST", "/vm/:seat/terminals", sessions),
    learner("PUT", "/vm/:seat/terminals/:name", sessions, { bodyLimit: TITLE_BODY_LIMIT }),
    learner("DELETE", "/vm/:seat/terminals/:name", sessions),
    learner("GET", "/vm/:seat/files", files),
    learner("GET", "/vm/:seat/files/*", files),
    // The room counts the bytes itself: an upload is as long as it is.
    learner("PUT", "/vm/:seat/files/*", files, { bodyLimit: UPLOAD_LIMIT, streams: true }),
    learner("POST", "/vm/:seat/files/*", files, { bodyLimit: PATHS_LIMIT }),
    learner("DELETE", "/vm/:seat/files/*", files),
    learnerSocket("/vm/:seat/files/watch", (call, peer) => watchFiles(seatOf(call), peer)),
    learnerSocket("/vm/:seat/vnc", (call, peer) => previews.view(seatOf(call), peer)),
    learner("GET", "/vm/:seat/ports/:port", ({ learner: { seat, gen }, params, request }) =>
      ports.open({ seat, generation: gen, port: portIn(params.port) }, request),
    ),
    learnerSocket("/vm/:seat/browser", (call, peer) => previews.live(seatOf(call), peer)),
    learner("POST", "/vm/:seat/browser/restart", (call) => previews.restart(seatOf(call))),

    anyone("plane", "GET", "/v1/hello", ({ url, address }) => greeting(url, address)),
    gateway("PUT", "/v1/machine", ({ request }) => wanted.put(request).then(reports.plain), { bodyLimit: DOCUMENT_LIMIT }),
    gateway("GET", "/v1/machine", () => Response.json(documents.current())),
    gateway("GET", "/v1/report", () => reports.plain()),
    gatewaySocket("/v1/events", (_, peer) => events.open(peer)),
    gateway("PUT", "/v1/starter/:digest", ({ request, params }) => starters.put(params.digest ?? "", request), STARTER),
    gateway("PUT", "/v1/definition/:digest", ({ request, params }) => definitions.put(params.digest ?? "", request), DEFINITION),
    gateway("PUT", "/v1/relay/key", ({ request }) => relay.putKey(request), { bodyLimit: KEY_BODY_LIMIT }),
    gateway("GET", "/v1/archive", ({ request, url }) => archiveSeats(request, url, (seat) => seats.files(seat))),
    gateway("GET", "/v1/metrics", () => metrics()),

    ...apiRows(rooms),

    owner("GET", "/report", () => reports.withUsage()),
    owner("GET", "/metrics", () => metrics()),
  ];
}

const TERMINAL = { viewer: true, protocols: [TERMINAL_V1], farewell: JSON.stringify({ type: "ended" }) } as const;
const STARTER = { bodyLimit: UPLOAD_LIMIT, streams: true } as const;
const DEFINITION = { bodyLimit: DEFINITION_ARCHIVE_LIMIT, streams: true } as const;

/** 0, which is no port, for what isn't written as one. */
const portIn = (text = ""): number => (/^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0);

function moved(location: string): Response {
  return new Response(null, { status: 308, headers: { location } });
}

function nothing(request: Request): never {
  throw new Problem("NOT_FOUND", `There is nothing at "${new URL(request.url).pathname.slice(0, 200)}".`);
}
