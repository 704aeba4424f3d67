import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Problem, STATUS_OF } from "../../../agent/contract/errors.ts";
import type { PreviewFeature, SessionInfo } from "../../../agent/contract/session.ts";
import { handleFiles } from "../../../agent/files/handle.ts";
import type { SeatHandle } from "../../../agent/seats/seat.ts";
import { serveAsset, serveDocument } from "../../../views/assets.ts";

/** A seat's page with the real files room behind it, in this process; sockets are in the test's hand. */
export interface Desk {
  url: string;
  /** The directory that is /workspace. */
  workspace: string;
  session: SessionInfo;
  /** What `session` answers instead of the session, once set. */
  refusal: Problem | undefined;
  /** While true the machine is out of reach: calls fail, sockets are cut. */
  away: boolean;
  /** Closes every open socket with this code. */
  cut(code: number): void;
  /** Sends a frame to every open socket of this path. */
  tell(path: string, data: object): void;
  end(): void;
}

interface Wire {
  path: string;
  heard: string[];
}

export function openDesk(preview: PreviewFeature = { available: true }): Desk {
  const workspace = mkdtempSync(join(tmpdir(), "ct-desk-"));
  const seat = {
    seat: 4,
    generation: 1,
    workspace,
    owner: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
  } as SeatHandle;
  const sockets = new Set<Bun.ServerWebSocket<Wire>>();
  const server = Bun.serve<Wire>({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: (request, self) => answer(request, self, desk, seat),
    websocket: {
      open: (socket) => void sockets.add(socket),
      close: (socket) => void sockets.delete(socket),
      message: (socket, data) => void socket.data.heard.push(String(data)),
    },
  });
  const desk: Desk = {
    url: `http://localhost:${server.port}/vm/04/`,
    workspace,
    session: newSession(preview),
    refusal: undefined,
    away: false,
    cut(code) {
      for (const socket of sockets) socket.close(code);
    },
    tell(path, data) {
      for (const socket of sockets) if (socket.data.path === path) socket.send(JSON.stringify(data));
    },
    end() {
      server.stop(true);
      rmSync(workspace, { recursive: true, force: true });
    },
  };
  return desk;
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
    features: { preview, isolation: "container" },
    joinUrl: "http://localhost:3000/join",
  };
}

async function answer(request: Request, server: Bun.Server<Wire>, desk: Desk, seat: SeatHandle): Promise<Response | undefined> {
  const { pathname } = new URL(request.url);
  const asset = serveAsset(request);
  if (asset) return asset;
  if (pathname === "/vm/04/" && !desk.away) return serveDocument("workspace", request);
  if (desk.away) return new Response("away", { status: 502 });
  if (request.headers.get("upgrade") === "websocket")
    return server.upgrade(request, { data: { path: pathname.slice(7), heard: [] } })
      ? undefined
      : new Response(null, { status: 400 });
  if (pathname === "/vm/04/session") return desk.refusal ? refuse(desk.refusal) : Response.json(desk.session);
  if (!pathname.startsWith("/vm/04/files")) return new Response(null, { status: 404 });
  try {
    return await handleFiles(request, seat, pathname.slice("/vm/04/files".length).replace(/^\//, ""));
  } catch (error) {
    return refuse(error instanceof Problem ? error : new Problem("INTERNAL_ERROR", String(error)));
  }
}

const refuse = (problem: Problem): Response => Response.json(problem.body, { status: STATUS_OF[problem.code] });
