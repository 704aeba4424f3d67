import type { Subprocess } from "bun";
import type { NekoSettings } from "./settings.ts";

/** The display as RTP packets of H.264, grabbed while anybody watches. */
export interface Picture {
  /** @returns ends it; the last one ends the grabbing */
  watch(onPacket: (packet: Buffer) => void): () => void;
  stop(): Promise<void>;
}

/** Below what fits a network's frames once it is encrypted. */
const PACKET_BYTES = 1200;

export async function openPicture(settings: Pick<NekoSettings, "display" | "screen" | "fps">): Promise<Picture> {
  const watchers = new Set<(packet: Buffer) => void>();
  const inlet = await Bun.udpSocket({
    hostname: "127.0.0.1",
    socket: {
      data(_, packet) {
        for (const take of watchers) take(Buffer.from(packet));
      },
    },
  });
  let grabber: Subprocess | undefined;
  return {
    watch(onPacket) {
      watchers.add(onPacket);
      grabber ??= Bun.spawn(grab(settings, inlet.port), { stdin: "ignore", stdout: "ignore", stderr: "inherit" });
      return () => {
        watchers.delete(onPacket);
        if (watchers.size > 0) return;
        grabber?.kill("SIGKILL");
        grabber = undefined;
      };
    },
    async stop() {
      watchers.clear();
      grabber?.kill("SIGKILL");
      await grabber?.exited;
      inlet.close();
    },
  };
}

/**
 * Colours are those that browsers take a picture of this size to have, and it says so.
 * What a decoder needs to begin comes once a second: one that begins late, or lost some, waits no longer.
 */
function grab({ display, screen, fps }: Pick<NekoSettings, "display" | "screen" | "fps">, port: number): string[] {
  const words = [
    "-f x11grab -draw_mouse 1",
    `-framerate ${fps} -video_size ${screen.width}x${screen.height} -i ${display}`,
    "-an -vf scale=out_color_matrix=bt709:out_range=tv -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv",
    "-c:v libx264 -preset ultrafast -tune zerolatency -profile:v baseline -pix_fmt yuv420p",
    `-threads 1 -b:v 1800k -maxrate 1800k -bufsize 900k -g ${fps} -bsf:v dump_extra=freq=keyframe`,
    `-f rtp rtp://127.0.0.1:${port}?pkt_size=${PACKET_BYTES}`,
  ];
  return ["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error", ...words.flatMap((line) => line.split(" "))];
}
