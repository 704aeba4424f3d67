import type { Server } from "bun";
import type { Bridge } from "./bridge.ts";
import { bridges } from "./bridge.ts";
import type { TlsEntry } from "./certificates.ts";

/** Both servers of a port are open this long, so that nobody knocks at one that just closed. */
const OVERLAP_MS = 20;
/** A client that sends nothing, not even its request, is dropped after this; calls that run ask for more time. */
const IDLE_SECONDS = 30;

type Handle = (request: Request, server: Server<Bridge>) => Promise<Response | undefined> | Response | undefined;

export interface DoorOptions {
  hostname: string;
  port: number;
  /** Bytes of a request's body. */
  bodyLimit: number;
  handle: Handle;
  report(error: unknown): void;
}

/** The door of http. @throws when the port is taken or not allowed */
export function openPlainDoor(options: Omit<DoorOptions, "bodyLimit">): { stop(): void } {
  const server = Bun.serve<Bridge>({ ...common(options), maxRequestBodySize: 0 });
  return { stop: () => void server.stop(true) };
}

export interface SecureDoor {
  /** The same entries again change nothing; none leaves the door as it is. */
  apply(entries: readonly TlsEntry[]): Promise<void>;
  stop(): void;
}

/**
 * The door of https. Bun's server can't change its certificates, so another one takes its place: open sockets and running calls stay
 * with the old one until they end.
 */
export function openSecureDoor(options: DoorOptions): SecureDoor {
  let server: Server<Bridge> | undefined;
  let shown = "[]";
  let turn = Promise.resolve();

  async function change(entries: readonly TlsEntry[]): Promise<void> {
    const next = JSON.stringify(entries);
    if (next === shown || entries.length === 0) return;
    const old = server;
    server = Bun.serve<Bridge>({
      ...common(options),
      // From the first on: every server of the port has to share it.
      reusePort: true,
      tls: [...entries],
      maxRequestBodySize: options.bodyLimit,
    });
    shown = next;
    if (!old) return;
    await Bun.sleep(OVERLAP_MS);
    void old.stop(false);
  }

  return {
    apply: (entries) => {
      turn = turn.then(() => change(entries)).catch(options.report);
      return turn;
    },
    stop: () => void server?.stop(true),
  };
}

const common = ({ hostname, port, handle, report }: Omit<DoorOptions, "bodyLimit">) => ({
  hostname,
  port,
  idleTimeout: IDLE_SECONDS,
  fetch: handle,
  development: false as const,
  error: (error: unknown) => {
    report(error);
    return new Response("Something went wrong here. Try again.\n", { status: 500 });
  },
  websocket: bridges,
});
