import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerWebSocket } from "bun";
import { CLOSE } from "../../../agent/contract/close.ts";
import { Problem } from "../../../agent/contract/errors.ts";
import { FRAME_LIMIT } from "../../../agent/contract/frames.ts";
import type { Peer, PeerHandler } from "../../../agent/contract/peer.ts";
import type { SeatNews } from "../../../agent/contract/seat-news.ts";
import type { PreviewFeature, SessionInfo } from "../../../agent/contract/session.ts";
import { TERMINAL_V1 } from "../../../agent/contract/terminal.ts";
import { handleFiles } from "../../../agent/files/handle.ts";
import { watchFiles } from "../../../agent/files/watching.ts";
import { bridge } from "../../../agent/previews/bridge.ts";
import { openSeatNews } from "../../../agent/seat-news.ts";
import { terminalHistory } from "../../../agent/terminals/history.ts";
import { InputLedger } from "../../../agent/terminals/ledger.ts";
import { nameIn } from "../../../agent/terminals/sessions.ts";
import { Terminals } from "../../../agent/terminals/terminals.ts";
import { serveAsset, serveDocument } from "../../../views/assets.ts";
import { type TmuxSeat, tmuxSeat } from "../../support/tmux-seat.ts";
import { nekoLine } from "./neko-line.ts";

/** A seat's page with the real files and terminals behind it, in this process; who one is and the network are in the test's hand. */
export interface Desk {
  url: string;
  /** The directory that is /workspace. */
  workspace: string;
  seat: TmuxSeat;
  session: SessionInfo;
  /** What `session` answers instead of the session, once set. */
  refusal: Problem | undefined;
  /** While true the machine is out of reach: calls fail, sockets too. */
  away: boolean;
  /** How the seat is; set by `tell`. While it isn't open, calls and sockets are refused as the agent does. */
  readonly news: SeatNews;
  /** Where programs of the seat listen; set by `listen`. */
  ports: readonly number[];
  /** Of the seat's shells: another one when they ended. */
  life: string;
  /** Sockets and calls that were refused because the seat isn't open. */
  refused: number;
  /** The seat is so from now on, and its pages hear of it. */
  tell(news: Omit<SeatNews, "type">): void;
  /** Programs listen there from now on, and nowhere else. */
  listen(...ports: number[]): void;
  /** The unix socket of a VNC server; without one the preview's line is refused. */
  screen: string | undefined;
  /** Where the seat's neko answers; without one the line to it is closed with a sentence. */
  neko: { url: string; password: string } | undefined;
  /** What ends the seat's browser and starts it again; without it there is none. */
  restart: (() => Promise<void>) | undefined;
  /** Closes every open socket with this code. */
  cut(code: number): void;
  end(): void;
}

interface Wire {
  path: string;
  /** Of a terminal. */
  name: string;
  handler: PeerHandler | undefined;
}

export function openDesk(preview: PreviewFeature = { available: true }): Desk {
  const seat = tmuxSeat(4);
  const ledger = mkdtempSync(join(tmpdir(), "ct-ledger-"));
  const terminals = new Terminals(new InputLedger(join(ledger, "input.ledger")), {
    isOpen: () => desk.news.open,
    life: () => desk.life,
  });
  const listeners = new Set<() => void>();
  const news = openSeatNews(
    {
      news: () => desk.news,
      onChange: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    {
      offered: () => desk.ports,
      follow: () => () => {},
    },
  );
  const sockets = new Set<ServerWebSocket<Wire>>();
  const openHandler = ({ path, name }: Wire, peer: Peer): PeerHandler | undefined => {
    if (path === "news") return news.open(4, peer);
    if (!desk.news.open) return refuse(desk, peer);
    if (path === "terminal") return terminals.view(seat, peer, TERMINAL_V1, name);
    if (path === "browser") return showLive(desk, peer);
    return path === "vnc" ? showScreen(desk, peer) : watchFiles(seat, peer);
  };
  const server = Bun.serve<Wire>({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: (request, self) => answer(request, self, desk, terminals),
    websocket: {
      maxPayloadLength: FRAME_LIMIT,
      open(socket) {
        sockets.add(socket);
        socket.data.handler = openHandler(socket.data, peerOf(socket));
      },
      message: (socket, data) => socket.data.handler?.message(typeof data === "string" ? data : new Uint8Array(data)),
      drain: (socket) => socket.data.handler?.drain(),
      close(socket) {
        sockets.delete(socket);
        socket.data.handler?.close();
      },
    },
  });
  const desk: Desk = {
    url: `http://localhost:${server.port}/vm/04/`,
    workspace: seat.workspace,
    seat,
    session: newSession(preview),
    refusal: undefined,
    away: false,
    screen: undefined,
    neko: undefined,
    restart: undefined,
    news: { type: "seat", status: "ready", open: true },
    ports: [],
    life: "1",
    refused: 0,
    tell(next) {
      Object.assign(desk, { news: { type: "seat", ...next } });
      for (const listener of listeners) listener();
    },
    listen(...ports) {
      desk.ports = ports;
      for (const listener of listeners) listener();
    },
    cut(code) {
      for (const socket of sockets) socket.close(code);
    },
    end() {
      server.stop(true);
      seat.end();
      rmSync(ledger, { recursive: true, force: true });
    },
  };
  return desk;
}

const NOT_OPEN = new Problem("NOT_RUNNING", "Seat 04 is being made ready: it takes a few seconds.");

function refuse(desk: Desk, peer: Peer): undefined {
  desk.refused++;
  peer.close(CLOSE.NOT_READY, NOT_OPEN.message);
}

function showScreen({ screen, seat }: Desk, peer: Peer): PeerHandler {
  const wire = bridge(peer, () => {});
  if (screen) void wire.connect(screen, seat.owner.uid);
  else peer.close(1012, "no screen");
  return wire;
}

function showLive({ neko }: Desk, peer: Peer): PeerHandler | undefined {
  if (neko) return nekoLine(neko, peer);
  peer.close(CLOSE.OTHER_WAY, "The live video of your seat doesn’t come up.");
  return undefined;
}

async function restarted({ restart }: Desk): Promise<Response> {
  if (!restart) throw new Problem("NOT_RUNNING", "Your browser isn't running: open the preview.");
  await restart();
  return Response.json({ restarted: true });
}

function peerOf(socket: ServerWebSocket<Wire>): Peer {
  return {
    send: (data) => socket.send(data),
    close: (code, reason) => socket.close(code, reason),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  };
}

function newSession(preview: PreviewFeature): SessionInfo {
  const now = new Date();
  return {
    workshop: { id: "ws-k4m9p3", name: "First steps with the Claude CLI" },
    seat: 4,
    odehash: "7k3fq",
    name: "Mira Okafor",
    endsAt: new Date(now.getTime() + 102 * 60_000).toISOString(),
    now: now.toISOString(),
    status: "ready",
    features: { preview, isolation: "container", ports: { available: true } },
    joinUrl: "http://localhost:3000/join",
  };
}

async function answer(
  request: Request,
  server: Bun.Server<Wire>,
  desk: Desk,
  terminals: Terminals,
): Promise<Response | undefined> {
  const url = new URL(request.url);
  const { pathname } = url;
  const asset = serveAsset(request);
  if (asset) return asset;
  if (desk.away) return new Response("away", { status: 502 });
  if (!pathname.startsWith("/vm/04/")) return new Response(null, { status: 404 });
  const path = pathname.slice("/vm/04/".length);
  if (request.headers.get("upgrade") === "websocket") return upgrade(request, server, path, nameIn(url));
  try {
    if (path === "") return serveDocument("workspace", request);
    if (path === "session" && desk.refusal) throw desk.refusal;
    if (path === "session") return Response.json(desk.session);
    if (!desk.news.open) {
      desk.refused++;
      throw NOT_OPEN;
    }
    if (path === "browser/restart" && request.method === "POST") return await restarted(desk);
    if (path === "terminal/history") return await terminalHistory(desk.seat, nameIn(url));
    const [room, name] = path.split("/");
    if (room === "terminals") return await terminals.sessions.handle(request, desk.seat, name);
    return await handleFiles(request, desk.seat, path.replace(/^files\/?/, ""));
  } catch (error) {
    const problem = error instanceof Problem ? error : new Problem("INTERNAL_ERROR", String(error));
    return Response.json(problem.body, { status: problem.status });
  }
}

function upgrade(request: Request, server: Bun.Server<Wire>, path: string, name: string): Response | undefined {
  const headers: Record<string, string> = path === "terminal" ? { "sec-websocket-protocol": TERMINAL_V1 } : {};
  return server.upgrade(request, { data: { path, name, handler: undefined }, headers })
    ? undefined
    : new Response(null, { status: 400 });
}
