import { iceServersIn, mediaPorts, nekoSettings } from "../agent/contract/neko.ts";

/** What the page that checks networks has to know of live video; machines read these settings themselves. */
export interface NetworkConfig {
  /** STUN servers that learners' browsers can ask by UDP: `stun:stun.example.org:3478`. */
  stun?: readonly string[];
  /** UDP ports of the machines for live video, where seats have it. */
  media?: { first: number; last: number };
}

type Env = Readonly<Record<string, string | undefined>>;

/** Browsers slow down with more than four. */
const STUN_MOST = 4;

/** By name or IPv4: one by IPv6 would be out of reach of most, who'd be told that their network is at fault. */
const STUN = /^stun:[^[]/;

/** @param refuse makes the error of a setting that can't work @throws what it makes */
export function readNetwork(env: Env, refuse: (sentence: string) => Error): NetworkConfig {
  const neko = asked(() => nekoSettings(env), refuse);
  const servers = asked(() => iceServersIn(env.CLARATEACH_ICE_SERVERS?.trim()), refuse);
  // Names and passwords of others are for learners who are in: the page is anybody's.
  const stun = servers.flatMap(({ urls }) => urls.filter((url) => STUN.test(url))).slice(0, STUN_MOST);
  const media = neko && mediaPorts(neko);
  return { ...(stun.length > 0 && { stun }), ...(media && { media }) };
}

function asked<T>(read: () => T, refuse: (sentence: string) => Error): T {
  try {
    return read();
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error));
  }
}
