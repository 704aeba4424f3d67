import type { Subprocess } from "bun";

/** What ffmpeg makes, as RTP packets, while anybody takes them. */
export interface Source {
  /** @returns ends it; the last one ends ffmpeg */
  watch(onPacket: (packet: Buffer) => void): () => void;
  stop(): Promise<void>;
}

/** Below what fits a network's frames once it is encrypted. */
const PACKET_BYTES = 1200;

/** @param words options of ffmpeg, what it takes and how it is written; where it goes is put behind them */
export async function openSource(words: readonly string[]): Promise<Source> {
  const watchers = new Set<(packet: Buffer) => void>();
  const inlet = await Bun.udpSocket({
    hostname: "127.0.0.1",
    socket: {
      data(_, packet) {
        for (const take of watchers) take(Buffer.from(packet));
      },
    },
  });
  const argv = ["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error", ...words];
  const to = ["-f", "rtp", `rtp://127.0.0.1:${inlet.port}?pkt_size=${PACKET_BYTES}`];
  let ffmpeg: Subprocess | undefined;
  return {
    watch(onPacket) {
      watchers.add(onPacket);
      ffmpeg ??= Bun.spawn([...argv, ...to], { stdin: "ignore", stdout: "ignore", stderr: "inherit" });
      return () => {
        watchers.delete(onPacket);
        if (watchers.size > 0) return;
        ffmpeg?.kill("SIGKILL");
        ffmpeg = undefined;
      };
    },
    async stop() {
      watchers.clear();
      ffmpeg?.kill("SIGKILL");
      await ffmpeg?.exited;
      inlet.close();
    },
  };
}
