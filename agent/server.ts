import type { ServerWebSocket } from "bun";
import { CLOSE } from "./contract/close.ts";
import { Problem } from "./contract/errors.ts";
import { UPLOAD_LIMIT } from "./contract/files.ts";
import { FRAME_LIMIT } from "./contract/frames.ts";
import type { Peer, PeerHandler } from "./contract/peer.ts";
import type { Dispatch, Upgrade } from "./dispatch.ts";
import { asProblem, problemResponse, type ReportFault } from "./errors.ts";
import { openPace, type Pace } from "./pace.ts";
import type { Listener } from "./rows.ts";
import type { SeatSocketEntry, Sockets } from "./sockets.ts";

/** Bun cuts after 10 s by default: too short for a big archive's first byte or a slow upload's pause. */
const IDLE_SECONDS = 120;
/** A laptop that was shut counts as connected this long; the server pings in between. */
const SOCKET_IDLE_SECONDS = 60;
/** What is held for a reader that is behind; rooms stop at the first byte that waits, this is the wall behind them. */
const BEHIND_LIMIT = 8 * 1024 * 1024;
/** The reason of a close frame has at most 123 bytes (RFC 6455 §5.5). */
const REASON_LIMIT = 123;

/** Browsers load nothing from elsewhere and put the pages into no frame. Monaco and xterm write style attributes, Monaco starts workers. */
const SECURITY_HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};

export interface ListenOptions {
  listener: Listener;
  /** Where: an address and a port (0 takes a free one), or the path of a socket. */
  at: { hostname: string; port: number } | { unix: string };
  tls?: { key: string; cert: string };
  dispatch: Dispatch;
  sockets: Sockets;
  joinUrl(): string;
  report: ReportFault;
}

export interface Listening {
  /** 0 on a socket. */
  port: number;
  /** Takes no more connections and drops the open ones. */
  stop(): Promise<void>;
}

/** Starts one listener. @throws when the port is taken. */
export function listen(options: ListenOptions): Listening {
  const { listener, at, tls, dispatch, sockets, joinUrl, report } = options;
  const pace = openPace();
  const server = Bun.serve<Connection>({
    ...at,
    // Bun's types know it for ports only, and without it calls on a socket are cut after 10 s too.
    ...({ idleTimeout: IDLE_SECONDS } as object),
    ...(tls ? { tls } : {}),
    maxRequestBodySize: UPLOAD_LIMIT,
    // In Bun's own error page stand sources and paths.
    development: false,
    fetch: async (request, server): Promise<Response | undefined> => {
      try {
        const found = await dispatch(request, listener, server.requestIP(request)?.address ?? "");
        if (found instanceof Response) return secured(found);
        if ("foreign" in found) return found.foreign;
        const headers = found.protocol ? { "sec-websocket-protocol": found.protocol } : undefined;
        const data = new Connection(found, { sockets, pace, report });
        let isOpen = false;
        try {
          isOpen = server.upgrade(request, headers ? { data, headers } : { data });
        } finally {
          if (!isOpen) found.drop?.();
        }
        if (isOpen) return undefined;
        throw new Problem("INVALID_INPUT", "This is not a complete WebSocket handshake (RFC 6455).");
      } catch (error) {
        return secured(problemResponse(asProblem(error, report), request, joinUrl()));
      }
    },
    error: (error) => secured(Response.json(asProblem(error, report).body, { status: 500 })),
    websocket: {
      idleTimeout: SOCKET_IDLE_SECONDS,
      maxPayloadLength: FRAME_LIMIT,
      backpressureLimit: BEHIND_LIMIT,
      open: (socket) => socket.data.open(socket),
      message: (socket, message) => socket.data.message(message),
      // Bun says it whenever some of what waits has gone, and once more when the last has.
      drain: (socket) => void (socket.getBufferedAmount() === 0 && socket.data.drain()),
      close: (socket, code, reason) => socket.data.close(code, reason),
    },
  });
  return { port: server.port ?? 0, stop: () => server.stop(true) };
}

/** What a handler set on purpose stays as it is. */
function secured(response: Response): Response {
  for (const [name, value] of Object.entries(SECURITY_HEADERS))
    if (!response.headers.has(name)) response.headers.set(name, value);
  return response;
}

/** One socket between the HTTP server and the room that talks over it. */
class Connection {
  private handler: PeerHandler | undefined;
  private socket: ServerWebSocket<Connection> | undefined;
  private entry: SeatSocketEntry | undefined;

  constructor(
    private readonly upgrade: Upgrade,
    private readonly around: { sockets: Sockets; pace: Pace; report: ReportFault },
  ) {}

  open(socket: ServerWebSocket<Connection>): void {
    this.socket = socket;
    const refused = this.upgrade.refusal ?? this.register();
    if (refused) {
      this.upgrade.drop?.();
      this.end(refused.code, refused.reason);
    } else this.guarded(() => this.enter(this.upgrade.open(this.peer())));
  }

  message(data: string | Buffer) {
    const { seat, port } = this.upgrade.seat ?? {};
    // Whatever her own server is sent, her terminal is heard.
    if (seat !== undefined && !this.around.pace.mayBeHeard(port ? -seat : seat))
      return this.end(CLOSE.BAD_FRAME, "more frames at once than a page sends");
    this.guarded(() => this.handler?.message(data));
  }

  drain(): void {
    this.guarded(() => this.handler?.drain());
  }

  /** Whoever closed it, and once only. */
  close(code?: number, reason?: string): void {
    this.socket = undefined;
    if (this.entry) this.around.sockets.remove(this.entry);
    const { handler } = this;
    this.handler = undefined;
    try {
      handler?.close(code, reason);
    } catch (error) {
      this.around.report(error);
    }
  }

  private register() {
    if (!this.upgrade.seat) return undefined;
    const entry = { ...this.upgrade.seat, cut: (code: number, reason: string) => this.cut(code, reason) };
    const refused = this.around.sockets.add(entry);
    if (!refused) this.entry = entry;
    return refused;
  }

  /** The room may have closed the socket while it opened it. */
  private enter(handler: PeerHandler): void {
    if (this.socket) this.handler = handler;
    else handler.close();
  }

  private peer(): Peer {
    return {
      send: (data) => this.socket?.send(data) ?? 0,
      close: (code, reason) => this.end(code, reason),
      pause: () => this.socket?.pause(),
      resume: () => this.socket?.resume(),
    };
  }

  private cut(code: number, reason: string): void {
    if (code === CLOSE.ENDED && this.upgrade.farewell !== undefined) this.socket?.send(this.upgrade.farewell);
    this.end(code, reason);
  }

  /** The room hears of it at once: it may not go on for somebody who was cut. A reader that isn't reading is dropped by Bun after 10 s. */
  private end(code: number, reason: string): void {
    const { socket } = this;
    if (!socket) return;
    this.close();
    socket.close(code, shortened(reason));
  }

  private guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      const problem = asProblem(error, this.around.report);
      this.end(problem.code === "NOT_RUNNING" ? CLOSE.NOT_READY : 1011, problem.message);
    }
  }
}

function shortened(reason: string): string {
  let short = reason;
  while (Buffer.byteLength(short) > REASON_LIMIT) short = `${short.slice(0, -2)}…`.replace(/……$/, "…");
  return short;
}
