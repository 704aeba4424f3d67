import type { ServerWebSocket, WebSocketHandler } from "bun";
import { control } from "./control.ts";
import type { Room } from "./room.ts";
import { note } from "./seen.ts";
import { describe, type Session } from "./sessions.ts";
import { signal } from "./signal.ts";

/** Missing where the token was no good: neko opens the socket all the same, and says why by an event. */
export interface Caller {
  session: Session | undefined;
  beat?: Timer;
}

const BEAT_MS = 10_000;
/** One whose line broke may come back before others are told. */
const COMES_BACK_MS = 5000;
const ABNORMAL = 1006;

/** `/api/ws`: text, JSON of {event, payload}. */
export function sockets(room: Room, open: Set<ServerWebSocket<Caller>>): WebSocketHandler<Caller> {
  return {
    idleTimeout: 0,
    sendPings: false,
    maxPayloadLength: 64 * 1024 * 1024,
    open(socket) {
      open.add(socket);
      if (!room.faults.silent) begin(room, socket);
    },
    message(socket, text) {
      const { session } = socket.data;
      if (session && !room.faults.silent) take(room, session, String(text));
    },
    close(socket, code) {
      open.delete(socket);
      clearInterval(socket.data.beat);
      const { session } = socket.data;
      if (session) setTimeout(() => leave(room, session, socket), code === ABNORMAL ? COMES_BACK_MS : 0).unref();
    },
  };
}

const says = (socket: ServerWebSocket<Caller>) => (event: string, payload?: unknown) =>
  void socket.send(JSON.stringify({ event, ...(payload !== undefined && { payload }) }));

function begin(room: Room, socket: ServerWebSocket<Caller>): void {
  const send = says(socket);
  const end = (message: string) => {
    send("system/disconnect", { message });
    socket.terminate();
  };
  const { session } = socket.data;
  if (session?.profile.can_connect) welcome(room, session, socket, { send, end });
  else end(session ? "connection disabled" : "session not found");
}

function welcome(
  room: Room,
  session: Session,
  socket: ServerWebSocket<Caller>,
  { send, end }: Required<Pick<Session, "send" | "end">>,
): void {
  session.end?.("connection replaced");
  Object.assign(session, { socket, send, end });
  session.state.is_connected = true;
  send("system/init", init(room, session));
  room.sessions.tell("session/state", { id: session.id, ...session.state });
  send("chat/init", { enabled: true });
  send("filetransfer/update", { enabled: false, root_dir: "", files: null });
  const beat = () => {
    send("system/heartbeat");
    socket.ping();
  };
  socket.data.beat = setInterval(beat, BEAT_MS);
}

function init({ sessions, settings }: Room, session: Session): unknown {
  return {
    session_id: session.id,
    control_host: { id: "", has_host: sessions.host !== undefined, ...(sessions.host && { host_id: sessions.host.id }) },
    screen_size: settings.screen,
    sessions: Object.fromEntries([...sessions.all].map(([id, each]) => [id, describe(each)])),
    settings: sessions.room,
    ...{ touch_events: false, screencast_enabled: false, webrtc: { videos: settings.videos } },
  };
}

function take(room: Room, session: Session, text: string): void {
  const { event, payload } = readOrSay(text);
  note(room.seen, "events", { event, payload });
  if (event === "client/heartbeat") session.send?.("system/heartbeat", { timestamp: new Date().toISOString() });
  else if (event === "clipboard/set") void room.clipboard.set(String((payload as { text?: unknown } | undefined)?.text ?? ""));
  else if (event.startsWith("control/")) control(room, session, event, payload);
  else if (event.startsWith("signal/"))
    signal(room, session, event, payload).catch((error) => console.error(`${event} of ${session.id} failed:`, error));
}

function readOrSay(text: string): { event: string; payload?: unknown } {
  try {
    return JSON.parse(text);
  } catch {
    console.error(`a message of the socket is left out, for it is no JSON: ${text.slice(0, 100)}`);
    return { event: "" };
  }
}

function leave(room: Room, session: Session, socket: ServerWebSocket<Caller>): void {
  const { sessions, desktop } = room;
  if (session.socket !== socket) return;
  delete session.socket;
  delete session.send;
  delete session.end;
  session.peer?.close();
  session.state.is_connected = false;
  if (sessions.host === session) {
    desktop.reset();
    sessions.setHost(session, undefined);
  }
  sessions.tell("session/state", { id: session.id, ...session.state });
}
