import { MediaStream, MediaStreamTrack, type RTCDataChannel, RTCPeerConnection, RTCRtpCodecParameters } from "werift";
import type { Mux, Place } from "./mux.ts";
import type { Source } from "./source.ts";

/** One WebRTC connection to a browser. */
export interface Peer {
  /** A description without candidates: those go by `candidates`. @param restart with new ICE names */
  offer(restart?: boolean): Promise<string>;
  answer(sdp: string): Promise<void>;
  /** Sent to the browser as they are: neko's UDP port, then its TCP port. */
  candidates(): { candidate: string; sdpMid: string; sdpMLineIndex: number; usernameFragment: string }[];
  pause(video: boolean): void;
  /** Whether sound is sent; none is until this was called. */
  hear(audio: boolean): void;
  close(): void;
}

interface Wish {
  mux: Mux;
  picture: Source;
  sound: Source;
  /** Announced to the browser. */
  address: string;
  /** Asked at each packet: whether nothing is sent. */
  muted: () => boolean;
  onWatching(watching: boolean): void;
  onChannel(channel: RTCDataChannel): void;
}

const H264 = new RTCRtpCodecParameters({
  ...{ mimeType: "video/H264", clockRate: 90_000, payloadType: 102 },
  parameters: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
  rtcpFeedback: [{ type: "nack" }, { type: "nack", parameter: "pli" }],
});
const OPUS = new RTCRtpCodecParameters({ mimeType: "audio/opus", clockRate: 48_000, channels: 2, payloadType: 111 });

/** neko's: 4 s until it is disconnected, 6 s more until it has failed. */
const SILENT_MS = 10_000;
const LOOK_MS = 1000;

/** ICE lite: the browser asks, this side answers, and never calls by itself. */
export function openPeer({ mux, picture, sound, address, muted, onWatching, onChannel }: Wish): Peer {
  const connection = new RTCPeerConnection({
    ...{ iceLite: true, iceServers: [], iceUseIpv6: false, bundlePolicy: "max-bundle" },
    iceAdditionalHostAddresses: ["127.0.0.1"],
    codecs: { video: [H264], audio: [OPUS] },
  });
  const stream = new MediaStream({ id: "stream" });
  const audio = new MediaStreamTrack({ kind: "audio" });
  const video = new MediaStreamTrack({ kind: "video" });
  for (const track of [audio, video]) {
    stream.addTrack(track);
    connection.addTransceiver(track, { direction: "sendonly", streams: [stream] });
  }
  onChannel(connection.createDataChannel("data"));

  let place: Place | undefined;
  let name = "";
  let paused = false;
  let heard = false;
  let unwatch: (() => void) | undefined;
  let unhear: (() => void) | undefined;
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    clearInterval(silence);
    unwatch?.();
    unhear?.();
    place?.leave();
    void connection.close();
    onWatching(false);
  };
  const listen = () => {
    if (heard && unwatch && !closed) unhear ??= sound.watch((packet) => !muted() && audio.writeRtp(packet));
  };
  const look = () => {
    if (unwatch && place && Date.now() - place.heard > SILENT_MS) close();
  };
  const silence = setInterval(look, LOOK_MS);
  connection.connectionStateChange.subscribe((state) => {
    if (state === "failed" || state === "closed") return close();
    if (state !== "connected" || unwatch || closed) return;
    unwatch = picture.watch((packet) => {
      if (!paused && !muted()) video.writeRtp(packet);
    });
    listen();
    onWatching(true);
  });

  return {
    async offer(restart = false) {
      await connection.setLocalDescription(await connection.createOffer({ iceRestart: restart }));
      const sdp = connection.localDescription?.sdp ?? "";
      const [, port] = / 127\.0\.0\.1 (\d+) typ host/.exec(sdp) ?? [];
      name = /^a=ice-ufrag:(.*)$/m.exec(sdp)?.[1]?.trim() ?? "";
      if (!port || !name) throw new Error(`werift listens nowhere on 127.0.0.1: ${sdp}`);
      place?.leave();
      place = mux.join(name, Number(port));
      return withoutCandidates(sdp);
    },
    // Where the browser is, it tells by its requests.
    answer: (sdp) => connection.setRemoteDescription({ type: "answer", sdp: withoutCandidates(sdp) }),
    candidates() {
      const about = { sdpMid: "0", sdpMLineIndex: 0, usernameFragment: name };
      const udp = `candidate:1 1 udp 2130706431 ${address} ${mux.udp} typ host`;
      const tcp = `candidate:2 1 tcp 1671430143 ${address} ${mux.tcp} typ host tcptype passive`;
      return [udp, ...(mux.tcp ? [tcp] : [])].map((line) => ({ candidate: `${line} ufrag ${name}`, ...about }));
    },
    pause(video) {
      paused = video;
    },
    hear(audio) {
      heard = audio;
      if (audio) return listen();
      unhear?.();
      unhear = undefined;
    },
    close,
  };
}

const withoutCandidates = (sdp: string): string =>
  sdp
    .split("\r\n")
    .filter((line) => !/^a=(candidate|end-of-candidates)/.test(line))
    .join("\r\n");
