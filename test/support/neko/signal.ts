import { openChannel } from "./channel.ts";
import { openPeer } from "./peer.ts";
import type { Room } from "./room.ts";
import type { Session } from "./sessions.ts";

/** `signal/…` of a socket. */
export async function signal(room: Room, session: Session, event: string, payload: unknown): Promise<void> {
  const { sdp = "", disabled, audio } = (payload ?? {}) as { sdp?: string; disabled?: boolean; audio?: { disabled?: boolean } };
  switch (event) {
    case "signal/request":
      return provide(room, session, audio?.disabled ?? false);
    case "signal/restart":
      if (!session.peer) return;
      return session.send?.("signal/restart", { sdp: await session.peer.offer(true) });
    case "signal/answer":
      return session.peer?.answer(sdp);
    case "signal/video":
      if (disabled === undefined) return;
      session.peer?.pause(disabled);
      return session.send?.("signal/video", video(room, disabled));
    case "signal/audio":
      if (disabled === undefined) return;
      session.peer?.hear(!disabled);
      return session.send?.("signal/audio", { disabled });
    case "signal/candidate": // ICE lite: nobody is called, whatever the browser says of itself.
      return;
  }
}

/** In neko's order: candidates come before the description they belong to. */
async function provide(room: Room, session: Session, silent: boolean): Promise<void> {
  if (room.faults.wedge) return;
  const { mux, picture, sound, settings, faults } = room;
  session.peer?.close();
  const peer = openPeer({
    ...{ mux, picture, sound, address: settings.address, muted: () => faults.mute },
    onWatching: (watching) => setWatching(room, session, watching, () => session.peer === peer),
    onChannel: (channel) => openChannel(room, session, channel),
  });
  session.peer = peer;
  peer.hear(!silent);
  const sdp = await peer.offer();
  for (const candidate of peer.candidates()) session.send?.("signal/candidate", candidate);
  session.send?.("signal/video", video(room, false));
  session.send?.("signal/provide", {
    ...{ sdp, iceservers: settings.iceServers },
    ...{ video: video(room, false), audio: { disabled: silent } },
  });
  if (!silent) session.send?.("signal/audio", { disabled: false });
}

const video = ({ settings }: Room, disabled: boolean) => ({ disabled, id: settings.videos[0], auto: false });

function setWatching({ sessions }: Room, session: Session, watching: boolean, isCurrent: () => boolean): void {
  if (!isCurrent()) return;
  session.state.is_watching = watching;
  sessions.tell("session/state", { id: session.id, ...session.state });
  if (watching) return;
  delete session.peer;
  session.send?.("signal/close");
}
