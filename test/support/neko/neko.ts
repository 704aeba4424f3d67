import type { ServerWebSocket } from "bun";
import { openClipboard } from "./clipboard.ts";
import { openDesktop } from "./desktop.ts";
import type { Faults } from "./faults.ts";
import { answer, whoAsks } from "./http.ts";
import { openMux } from "./mux.ts";
import { grabPicture } from "./picture.ts";
import type { Room } from "./room.ts";
import { newSeen, note, type Seen } from "./seen.ts";
import { Sessions } from "./sessions.ts";
import type { NekoSettings } from "./settings.ts";
import { type Caller, sockets } from "./socket.ts";
import { grabSound } from "./sound.ts";
import { openSource } from "./source.ts";

/** A neko that runs. */
export interface Neko {
  /** Of its HTTP. */
  url: string;
  /** Of its media; `tcp` is 0 where there is none. */
  media: { udp: number; tcp: number };
  faults: Faults;
  seen: Seen;
  /** Every socket breaks: without a close frame, or with one that has this code. */
  cut(code?: number): void;
  /** An event to every socket, with a text as long as that. */
  shout(event: string, bytes: number): void;
  stop(): Promise<void>;
}

/** Speaks neko 3's HTTP and WebSocket, with real media of a display that is there already and has the size the settings name. */
export async function startNeko(settings: NekoSettings, faults: Faults): Promise<Neko> {
  const [mux, picture, sound] = await Promise.all([
    openMux(settings),
    openSource(grabPicture(settings)),
    openSource(grabSound(settings)),
  ]);
  const sessions = new Sessions(settings);
  const tell = (text: string) => sessions.host?.send?.("clipboard/updated", { text });
  const room: Room = {
    ...{ settings, faults, mux, picture, sound, sessions, seen: newSeen() },
    desktop: openDesktop(settings),
    clipboard: openClipboard(settings, tell, () => sessions.host !== undefined),
  };
  const open = new Set<ServerWebSocket<Caller>>();
  const server = Bun.serve<Caller>({
    ...settings.bind,
    fetch(request, server) {
      note(room.seen, "requests", { method: request.method, url: request.url, headers: request.headers.toJSON() });
      if (new URL(request.url).pathname !== "/api/ws") return answer(room, request);
      return server.upgrade(request, { data: { session: whoAsks(room, request) } })
        ? undefined
        : new Response(null, { status: 400 });
    },
    websocket: sockets(room, open),
  });
  return {
    ...{ url: `http://${server.hostname}:${server.port}`, media: { udp: mux.udp, tcp: mux.tcp }, faults, seen: room.seen },
    cut(code) {
      for (const socket of open) code === undefined ? socket.terminate() : socket.close(code);
    },
    shout(event, bytes) {
      for (const socket of open) socket.send(JSON.stringify({ event, payload: { text: "x".repeat(bytes) } }));
    },
    async stop() {
      for (const { peer } of room.sessions.all.values()) peer?.close();
      await server.stop(true);
      mux.stop();
      room.clipboard.stop();
      await Promise.all([picture.stop(), sound.stop(), room.desktop.stop()]);
    },
  };
}
