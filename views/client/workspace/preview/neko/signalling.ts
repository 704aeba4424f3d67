import { CLIPBOARD_LIMIT } from "../../../../../agent/contract/clipboard.ts";
import { ICE_SERVERS_MOST, isIceUrl, wantsSignIn } from "../../../../../agent/contract/ice.ts";
import { type FromNeko, LEFT_OUT } from "../../../../../agent/contract/neko-events.ts";
import type { Extent } from "../screen-size.ts";

/** What neko says that the pane acts on. The rest of what it says is for clients that show its rooms and members. */
export type Heard =
  /** Who one is there, who has the controls, how large the screen is, whether it takes touches as such. */
  | { is: "init"; session: string; host: string | undefined; screen: Extent; touch: boolean }
  | { is: "provide"; sdp: string; iceServers: RTCIceServer[] }
  /** Another offer for the same peer. */
  | { is: "offer"; sdp: string }
  | { is: "candidate"; candidate: RTCIceCandidateInit }
  /** It let go of the peer. */
  | { is: "close" }
  | { is: "host"; host: string | undefined }
  | { is: "screen"; screen: Extent }
  | { is: "copied"; text: string }
  /** What was copied is too long to come here. */
  | { is: "left-out" }
  /** It ends this session. */
  | { is: "disconnect" };

/** A clipboard is the largest thing that comes; in JSON it may be longer than it is. */
export const MOST_FRAME = 2 * CLIPBOARD_LIMIT;
const MOST_SDP = 100_000;
const MOST_WORD = 1_000;
const MOST_PIXELS = 8_192;

type Fields = Record<string, unknown>;

/** @returns undefined for what isn't of neko's shape, passes a bound, or is for others: whoever sent it, it has no effect */
export function hear(frame: string | ArrayBuffer): Heard | undefined {
  if (typeof frame !== "string" || frame.length > MOST_FRAME) return undefined;
  const { event, payload } = fields(parsed(frame));
  return isRead(event) ? READ[event](fields(payload)) : undefined;
}

/** A frame to neko. */
export const say = (event: string, payload?: object): string => JSON.stringify(payload ? { event, payload } : { event });

/** A heartbeat has nothing to read. */
const READ: Record<Exclude<FromNeko, "system/heartbeat"> | typeof LEFT_OUT, (payload: Fields) => Heard | undefined> = {
  "system/init": (payload) => {
    const [session, screen] = [word(payload.session_id), extent(payload.screen_size)];
    if (!session || !screen) return undefined;
    return { is: "init", session, host: hostOf(payload.control_host), screen, touch: payload.touch_events === true };
  },
  "signal/provide": ({ sdp, iceservers }) =>
    text(sdp, MOST_SDP) ? { is: "provide", sdp: sdp as string, iceServers: servers(iceservers) } : undefined,
  "signal/offer": offer,
  "signal/restart": offer,
  "signal/candidate": (payload) => {
    const candidate = candidateOf(payload);
    return candidate && { is: "candidate", candidate };
  },
  "signal/close": () => ({ is: "close" }),
  "control/host": (payload) => ({ is: "host", host: hostOf(payload) }),
  "screen/updated": (payload) => {
    const screen = extent(payload);
    return screen && { is: "screen", screen };
  },
  "clipboard/updated": (payload) =>
    text(payload.text, CLIPBOARD_LIMIT) ? { is: "copied", text: payload.text as string } : undefined,
  [LEFT_OUT]: () => ({ is: "left-out" }),
  "system/disconnect": () => ({ is: "disconnect" }),
};

const isRead = (event: unknown): event is keyof typeof READ => typeof event === "string" && Object.hasOwn(READ, event);

function parsed(frame: string): unknown {
  try {
    return JSON.parse(frame);
  } catch {
    return undefined;
  }
}

const fields = (value: unknown): Fields => (typeof value === "object" && value !== null ? (value as Fields) : {});

const text = (value: unknown, most: number): value is string => typeof value === "string" && value.length <= most;

const word = (value: unknown): string | undefined => (text(value, MOST_WORD) && value !== "" ? value : undefined);

function offer({ sdp }: Fields): Heard | undefined {
  return text(sdp, MOST_SDP) ? { is: "offer", sdp } : undefined;
}

function hostOf(value: unknown): string | undefined {
  const { has_host, host_id } = fields(value);
  return has_host === true ? word(host_id) : undefined;
}

function extent(value: unknown): Extent | undefined {
  const { width, height } = fields(value);
  return isSide(width) && isSide(height) ? { w: width, h: height } : undefined;
}

const isSide = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) > 0 && (value as number) <= MOST_PIXELS;

function candidateOf({ candidate, sdpMid, sdpMLineIndex, usernameFragment }: Fields): RTCIceCandidateInit | undefined {
  if (!text(candidate, MOST_WORD)) return undefined;
  const mid = text(sdpMid, MOST_WORD) ? { sdpMid } : {};
  const line = Number.isInteger(sdpMLineIndex) ? { sdpMLineIndex: sdpMLineIndex as number } : {};
  const fragment = text(usernameFragment, MOST_WORD) ? { usernameFragment } : {};
  // One of the two must be there, or the browser throws.
  return "sdpMid" in mid || "sdpMLineIndex" in line ? { candidate, ...mid, ...line, ...fragment } : undefined;
}

function servers(value: unknown): RTCIceServer[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, ICE_SERVERS_MOST).flatMap((one) => {
    const { urls, username, credential } = fields(one);
    const signIn = text(username, MOST_WORD) && text(credential, MOST_WORD) ? { username, credential } : undefined;
    const named = (Array.isArray(urls) ? urls : [urls]).slice(0, ICE_SERVERS_MOST).filter(isIceUrl);
    const good = named.filter((url) => signIn || !wantsSignIn(url));
    return good.length > 0 ? [{ urls: good, ...signIn }] : [];
  });
}
