import type { Finding } from "./findings.ts";

/** Browsers ask again and again for about so long. */
const ANSWER_MS = 10_000;

/** Browsers drop what they ask when a computer goes from one network to another. */
const TRIES = 2;

/** Whether a STUN server (RFC 8489) answers by UDP. @param stun its addresses; empty: there is none to ask */
export async function checkUdp(stun: string[]): Promise<Finding> {
  if (stun.length === 0) return { is: "untested", why: "unset" };
  for (let tries = 0; tries < TRIES; tries++) {
    const isAnswered = await ask(stun);
    if (isAnswered === undefined) return { is: "untested", why: "missing" };
    if (isAnswered) return { is: "pass" };
  }
  return { is: "fail" };
}

/** Undefined: the browser can't. */
async function ask(stun: string[]): Promise<boolean | undefined> {
  const peer = openPeer(stun);
  try {
    return peer && (await answered(peer));
  } catch {
    return undefined;
  } finally {
    peer?.close();
  }
}

/** Undefined where the browser has none, or its policy forbids it. */
function openPeer(urls: string[]): RTCPeerConnection | undefined {
  try {
    return new RTCPeerConnection({ iceServers: [{ urls }] });
  } catch {
    return undefined;
  }
}

/** An address that only the server can have told. */
async function answered(peer: RTCPeerConnection): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const late = setTimeout(() => resolve(false), ANSWER_MS);
  peer.onicecandidate = ({ candidate }) => {
    if (candidate === null) resolve(false);
    else if (candidate.type === "srflx") resolve(true);
  };
  peer.createDataChannel("check");
  await peer.setLocalDescription();
  return promise.finally(() => clearTimeout(late));
}
