import type { RTCDataChannel } from "werift";
import { cursorPosition, type Payload, pong, readPayload } from "./payload.ts";
import type { Room } from "./room.ts";
import { note } from "./seen.ts";
import type { Session } from "./sessions.ts";

/** The data channel "data": mouse and keys of who has them; of others nothing but pings. */
export function openChannel(room: Room, session: Session, channel: RTCDataChannel): void {
  channel.stateChanged.subscribe((state) => {
    if (state === "open") channel.send(cursorPosition(0, 0));
  });
  channel.onMessage.subscribe((data) => {
    const payload = readOrSay(Buffer.from(data as Buffer));
    if (payload?.kind === "ping") channel.send(pong(payload.stamp, Date.now()));
    else if (payload && room.sessions.host === session) {
      note(room.seen, "inputs", { by: "channel", ...payload });
      act(room, payload);
    }
  });
}

function readOrSay(data: Buffer): Payload | undefined {
  try {
    return readPayload(data);
  } catch (error) {
    console.error(`a message of the data channel is left out: ${(error as Error).message}`);
    return undefined;
  }
}

function act({ desktop }: Room, payload: Payload): void {
  if (payload.kind === "move") desktop.move(payload.x, payload.y);
  if (payload.kind === "scroll") desktop.scroll(payload.x, payload.y);
  if (payload.kind === "key") desktop.key(payload.keysym, payload.down);
  if (payload.kind === "button") desktop.button(payload.code, payload.down);
}
