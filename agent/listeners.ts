import { chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openDispatch } from "./dispatch.ts";
import type { ReportFault } from "./errors.ts";
import { lastPorts } from "./machine/running.ts";
import type { Rooms } from "./rooms.ts";
import { routes } from "./routes.ts";
import { type Listening, type ListenOptions, listen } from "./server.ts";
import { joinUrl } from "./session.ts";

/** `sockaddr_un` takes 107 bytes. */
const SOCKET_PATH_LIMIT = 107;

/** On loopback only: seats of the process runtime are no walls. */
const HOSTNAME = "127.0.0.1";

export interface Listeners {
  /** For learners' browsers. */
  open: Listening;
  /** For the gateway. */
  plane: Listening;
  stop(): Promise<unknown>;
}

/** Opens all doors of the machine. @throws when not even a free port can be had */
export function openListeners(directory: string, rooms: Rooms, report: ReportFault): Listeners {
  const { documents, identity, access, sockets } = rooms;
  const local = new Set<string>();
  const origins = () => {
    const { publicHost } = documents.current();
    return publicHost === undefined ? local : new Set([...local, `https://${publicHost}`]);
  };
  const dispatch = openDispatch({ table: routes(rooms), access, origins });
  const options = { dispatch, sockets, report, joinUrl: () => joinUrl(documents.current()) };
  const last = lastPorts(directory);
  const tls = { key: identity.key, cert: identity.certificate };
  const plane = atPort(last.plane, (port) => listen({ ...options, listener: "plane", at: { hostname: HOSTNAME, port }, tls }));
  const open = atPort(last.public, (port) => listen({ ...options, listener: "public", at: { hostname: HOSTNAME, port } }));
  local.add(`http://localhost:${open.port}`).add(`http://${HOSTNAME}:${open.port}`);
  const owner = listenForOwner(directory, options);
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
function listenForOwner(directory: string, options: Omit<ListenOptions, "listener" | "at">): Listening | undefined {
  const unix = join(directory, "agent.sock");
  if (Buffer.byteLength(unix) > SOCKET_PATH_LIMIT) return undefined;
  rmSync(unix, { force: true });
  const listening = listen({ ...options, listener: "owner", at: { unix } });
  chmodSync(unix, 0o600);
  return listening;
}
