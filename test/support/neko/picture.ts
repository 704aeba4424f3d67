import type { NekoSettings } from "./settings.ts";

/**
 * The display in H.264, as words of ffmpeg.
 * Colours are those that browsers take a picture of this size to have, and it says so.
 * What a decoder needs to begin comes once a second: one that begins late, or lost some, waits no longer.
 */
export function grabPicture({ display, screen, fps }: Pick<NekoSettings, "display" | "screen" | "fps">): string[] {
  return [
    "-f x11grab -draw_mouse 1",
    `-framerate ${fps} -video_size ${screen.width}x${screen.height} -i ${display}`,
    "-an -vf scale=out_color_matrix=bt709:out_range=tv -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv",
    "-c:v libx264 -preset ultrafast -tune zerolatency -profile:v baseline -pix_fmt yuv420p",
    `-threads 1 -b:v 1800k -maxrate 1800k -bufsize 900k -g ${fps} -bsf:v dump_extra=freq=keyframe`,
  ].flatMap((line) => line.split(" "));
}
