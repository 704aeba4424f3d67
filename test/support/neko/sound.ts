import type { NekoSettings } from "./settings.ts";

/** Nobody mistakes it for a lesson's. */
const TONE = "-re -f lavfi -i sine=frequency=440:sample_rate=48000";

/** What the seat's programs play, in Opus, as words of ffmpeg; without a sound server, as in tests that have only a display, a tone. */
export function grabSound({ soundServer, soundDevice }: Pick<NekoSettings, "soundServer" | "soundDevice">): string[] {
  return [
    soundServer ? `-f pulse -server ${soundServer} -sample_rate 48000 -i ${soundDevice}` : TONE,
    "-vn -ac 2 -c:a libopus -b:a 64k -application lowdelay -frame_duration 20",
  ].flatMap((line) => line.split(" "));
}
