import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerWebSocket } from "bun";
import { Problem } from "../../agent/contract/errors.ts";
import type { Peer, PeerHandler } from "../../agent/contract/peer.ts";
import { TERMINAL_V1 } from "../../agent/contract/terminal.ts";
import type { SeatHandle } from "../../agent/seats/seat.ts";
import { terminalHistory } from "../../agent/terminals/history.ts";
import { InputLedger } from "../../agent/terminals/ledger.ts";
import { nameIn } from "../../agent/terminals/sessions.ts";
import { Terminals } from "../../agent/terminals/terminals.ts";
import { ONE_LIFE } from "./one-life.ts";

interface Attached {
  v1: boolean;
  name: string;
  /** Bytes handed to the socket, and how often it said that its reader is behind. */
  sent: number;
  behind: number;
  handler?: PeerHandler;
}

export interface TerminalServer {
  url: string;
  ws: string;
  terminals: Terminals;
  /** Open sockets, newest last. */
  sockets: ServerWebSocket<Attached>[];
  /** The agent dies and comes back: sockets cut without a word, ledger read anew. */
  restart(): void;
  end(): Promise<void>;
}

/** Terminals of one seat behind a real HTTP server at `/terminal`, `/terminals` and `/history`; `more` answers all else. */
export function terminalServer(
  seat: SeatHandle,
  more: (request: Request) => Response | Promise<Response> = notFound,
): TerminalServer {
  const directory = mkdtempSync(join(tmpdir(), "ct-ledger-"));
  let ledger = new InputLedger(join(directory, "input.ledger"));
  let terminals = new Terminals(ledger, ONE_LIFE);
  const sockets: ServerWebSocket<Attached>[] = [];
  const peerOf = (socket: ServerWebSocket<Attached>): Peer => ({
    send(data) {
      const result = socket.send(data);
      socket.data.sent += data.length;
      if (result === -1) socket.data.behind++;
      return result;
    },
    close: (code, reason) => socket.close(code, reason),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  });
  const server = Bun.serve<Attached>({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 60,
    fetch(request, self) {
      const url = new URL(request.url);
      const { pathname } = url;
      if (pathname === "/history") return terminalHistory(seat, nameIn(url));
      if (pathname.startsWith("/terminals")) return asAnswer(terminals.sessions.handle(request, seat, pathname.split("/")[2]));
      if (pathname !== "/terminal") return more(request);
      const v1 = request.headers.get("sec-websocket-protocol") === TERMINAL_V1;
      const headers: Record<string, string> = v1 ? { "sec-websocket-protocol": TERMINAL_V1 } : {};
      return self.upgrade(request, { data: { v1, name: nameIn(url), sent: 0, behind: 0 }, headers })
        ? undefined
        : new Response("no", { status: 400 });
    },
    websocket: {
      backpressureLimit: 4 * 1024 * 1024,
      open(socket) {
        sockets.push(socket);
        socket.data.handler = terminals.view(seat, peerOf(socket), socket.data.v1 ? TERMINAL_V1 : undefined, socket.data.name);
      },
      message: (socket, data) => socket.data.handler?.message(data),
      drain: (socket) => socket.data.handler?.drain(),
      close(socket) {
        sockets.splice(sockets.indexOf(socket), 1);
        socket.data.handler?.close();
      },
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    ws: `ws://127.0.0.1:${server.port}/terminal`,
    get terminals() {
      return terminals;
    },
    sockets,
    restart() {
      for (const socket of [...sockets]) socket.terminate();
      ledger.close();
      ledger = new InputLedger(join(directory, "input.ledger"));
      terminals = new Terminals(ledger, ONE_LIFE);
    },
    async end() {
      await server.stop(true);
      await terminals.settled();
      ledger.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const asAnswer = (answer: Promise<Response>): Promise<Response> =>
  answer.catch((error) => {
    if (error instanceof Problem) return Response.json(error.body, { status: error.status });
    throw error;
  });

const notFound = (): Response => new Response("not found", { status: 404 });
