import { join } from "node:path";
import { AGENT_SOCKET } from "./contract/api.ts";
import { openDispatch } from "./dispatch.ts";
import type { ReportFault } from "./errors.ts";
import { openOwnerSocket, SOCKET_PATH_LIMIT } from "./machine/owner-socket.ts";
import { lastPorts } from "./machine/running.ts";
import type { Rooms } from "./rooms.ts";
import { routes } from "./routes.ts";
import { type Listening, type ListenOptions, listen } from "./server.ts";
import { joinUrl } from "./session.ts";

/** On loopback only: seats of the process runtime are no walls. */
const HOSTNAME = "127.0.0.1";

/** Whoever calls there has to show a token of the gateway's. */
const EVERYWHERE = "0.0.0.0";

export interface Listeners {
  /** For learners' browsers, and for the gateway; a project's agent has neither. */
  ports?: { public: number; plane: number };
  stop(): Promise<unknown>;
}

/**
 * Opens all doors of the machine.
 * @param planePort of a machine that stands alone: its gateway is elsewhere and knows this port @throws when a port can't be had
 */
export function openListeners(directory: string, rooms: Rooms, report: ReportFault, planePort?: number): Listeners {
  const { documents, identity, access, sockets } = rooms;
  const local = new Set<string>();
  const origins = () => {
    const { publicHost } = documents.current();
    return publicHost === undefined ? local : new Set([...local, `https://${publicHost}`]);
  };
  const dispatch = openDispatch({ table: routes(rooms), access, origins, ports: rooms.ports });
  const options = { dispatch, sockets, report, joinUrl: () => joinUrl(documents.current()) };
  if (documents.current().project) return onlyForOwner(directory, options);
  const last = lastPorts(directory);
  const tls = { key: identity.key, cert: identity.certificate };
  const openPlane = (at: { hostname: string; port: number }) => listen({ ...options, listener: "plane", at, tls });
  const plane =
    planePort === undefined
      ? atPort(last.plane, (port) => openPlane({ hostname: HOSTNAME, port }))
      : openPlane({ hostname: EVERYWHERE, port: planePort });
  const open = atPort(last.public, (port) => listen({ ...options, listener: "public", at: { hostname: HOSTNAME, port } }));
  local.add(`http://localhost:${open.port}`).add(`http://${HOSTNAME}:${open.port}`);
  const owner = listenForOwner(directory, options);
  return {
    ports: { public: open.port, plane: plane.port },
    stop: () => Promise.all([open.stop(), plane.stop(), owner?.stop()]),
  };
}

/** Nobody but whoever may open the socket's file reaches a project's workshops. */
function onlyForOwner(directory: string, options: Omit<ListenOptions, "listener" | "at">): Listeners {
  const owner = listenForOwner(directory, options);
  if (owner) return { stop: () => owner.stop() };
  throw new Error(`the path of a socket in "${directory}" would be too long: it may have ${SOCKET_PATH_LIMIT} bytes`);
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
  const unix = join(directory, AGENT_SOCKET);
  if (Buffer.byteLength(unix) > SOCKET_PATH_LIMIT) return undefined;
  const start = () => listen({ ...options, listener: "owner", at: { unix } });
  return openOwnerSocket(unix, process.env.CLARATEACH_SOCKET_GROUP || undefined, start);
}
