import { isUnasked, type Ladder, type Why } from "./ladder/state.ts";

/** Which viewer is in use, and why: a sentence for the pane; undefined where there was never another. */
export function howOf(ladder: Ladder): string | undefined {
  const { neko, beside, picture, why, words } = ladder;
  if (neko.is === "live" && !beside) return "Live video.";
  if (neko.is === "live" && !picture) return "The live video stopped: pictures are on their way.";
  if (neko.is !== "off" && !isUnasked(ladder))
    return picture ? `${PICTURES}: live video is being tried.` : "Live video is starting.";
  if (why === "not-offered" || why === "refused") return words ? `${PICTURES}. ${words}` : undefined;
  return why ? `${PICTURES}: ${BECAUSE[why]}` : `${PICTURES}.`;
}

const PICTURES = "Pictures over the web connection";

const BECAUSE: Record<Exclude<Why, "not-offered" | "refused">, string> = {
  chosen: "you chose them.",
  "no-webrtc": "this browser has no WebRTC, which live video needs.",
  "no-start": "the live video didn’t start.",
  unusable: "this browser can’t show the seat’s video.",
  "no-media": "this network lets no video through.",
  stopped: "the video stopped coming through this network.",
  unsteady: "this network keeps interrupting the video.",
};
