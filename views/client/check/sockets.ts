import { type Finding, HOLD_S } from "./findings.ts";

/** Opening a socket through a network that swallows packets never fails by itself. */
const OPEN_MS = 10_000;
const ANSWER_MS = 10_000;
/** Bytes: more than fits into one packet. */
const BINARY = 12_000;

/** How one ended that was held. */
export type Held = { is: "open" | "dead" | "refused" } | { is: "cut"; seconds: number };

/** Opens one and sends words and bytes, as a class does; twice before it is called a trouble, as those that are held. */
export async function checkWebSocket(): Promise<Finding> {
  const found = await tryWebSocket();
  return found.is === "pass" ? found : tryWebSocket();
}

async function tryWebSocket(): Promise<Finding> {
  const line = await openLine("");
  if (!line) return { is: "fail", why: "refused" };
  const bytes = crypto.getRandomValues(new Uint8Array(BINARY));
  const said = [await echoed(line, `hello ${Math.random()}`), await echoed(line, bytes)];
  line.close();
  if (said.includes("silent")) return { is: "fail", why: "silent" };
  return said.includes("changed") ? { is: "fail", why: "changed" } : { is: "pass" };
}

/**
 * Two at once: one that its server pings as a class's, and one over which nothing is sent at all.
 * @param ownFront pings all that it holds open: then there is no such second one
 */
export async function checkHeld(ownFront: boolean): Promise<Finding> {
  const [pinged, silent] = await Promise.all([holdAgain("?pings"), ownFront ? undefined : holdAgain("")]);
  return heldFinding(pinged, silent);
}

/** @param silent undefined: none was tried */
export function heldFinding(pinged: Held, silent: Held | undefined): Finding {
  if (pinged.is === "refused") return { is: "untested", why: "refused" };
  if (pinged.is === "cut") return { is: "fail", why: "cut", seconds: pinged.seconds };
  if (pinged.is === "dead") return { is: "fail", why: "silent" };
  if (!silent) return { is: "pass", why: "pinged" };
  if (silent.is === "cut") return { is: "pass", why: "idle", seconds: silent.seconds };
  return silent.is === "dead" ? { is: "pass", why: "idle", seconds: HOLD_S } : { is: "pass" };
}

/** One that was cut or didn't open is tried once more: browsers close theirs when a computer goes from one network to another. */
async function holdAgain(query: string): Promise<Held> {
  const held = await hold(query);
  return held.is === "cut" || held.is === "refused" ? hold(query) : held;
}

async function hold(query: string): Promise<Held> {
  const line = await openLine(query);
  if (!line) return { is: "refused" };
  const opened = performance.now();
  const cut = await closedWithin(line, HOLD_S * 1000);
  if (cut) return { is: "cut", seconds: Math.round((performance.now() - opened) / 1000) };
  const said = await echoed(line, "still there");
  line.close();
  return { is: said === "same" ? "open" : "dead" };
}

/** Undefined: it didn't open. */
function openLine(query: string): Promise<WebSocket | undefined> {
  const line = new WebSocket(`${location.origin.replace(/^http/, "ws")}/check/line${query}`);
  line.binaryType = "arraybuffer";
  const { promise, resolve } = Promise.withResolvers<WebSocket | undefined>();
  const late = setTimeout(() => resolve(undefined), OPEN_MS);
  line.onopen = () => resolve(line);
  line.onclose = () => resolve(undefined);
  return promise.then((opened) => {
    clearTimeout(late);
    if (!opened) line.close();
    return opened;
  });
}

function closedWithin(line: WebSocket, milliseconds: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const over = setTimeout(() => resolve(line.readyState !== WebSocket.OPEN), milliseconds);
  line.onclose = () => {
    clearTimeout(over);
    resolve(true);
  };
  return promise;
}

function echoed(line: WebSocket, sent: string | Uint8Array<ArrayBuffer>): Promise<"same" | "changed" | "silent"> {
  const { promise, resolve } = Promise.withResolvers<"same" | "changed" | "silent">();
  const late = setTimeout(() => resolve("silent"), ANSWER_MS);
  line.onmessage = ({ data }) => resolve(isSame(sent, data as string | ArrayBuffer) ? "same" : "changed");
  line.onclose = () => resolve("silent");
  line.send(sent);
  return promise.finally(() => clearTimeout(late));
}

function isSame(sent: string | Uint8Array, got: string | ArrayBuffer): boolean {
  if (typeof sent === "string" || typeof got === "string") return sent === got;
  const bytes = new Uint8Array(got);
  return bytes.length === sent.length && bytes.every((byte, i) => byte === sent[i]);
}
