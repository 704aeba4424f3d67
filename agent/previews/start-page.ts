import type { SeatHandle, SeatSocket } from "../seats/seat.ts";

/** What a new browser opens: an address bar with nothing odd in it. */
export const BLANK = "about:blank";

const HTML = `<!doctype html><title>Your browser</title><meta name=color-scheme content="light dark">
<body style="font:18px/1.6 system-ui,sans-serif;max-width:34em;margin:12vh auto;padding:0 1em">
<h1 style="font-size:1.6em;font-weight:600">This is your browser</h1>
<p>It runs on your seat. A server that you start in the terminal, say on port 3000, is at <b>http://localhost:3000</b> here.
<p>Programs drive it through the address in <code>CLARATEACH_CDP_URL</code>, and you see what they do.`;

/** Two frames: in the first it is drawn, with the second it was shown. */
const SHOWN = "new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(() => shown(1))))";

/** Only on the page that is still blank: a script may have been faster. Answered once there is something to see. */
const FILL = `location.href === ${JSON.stringify(BLANK)} && !document.body?.firstChild && (document.write(${JSON.stringify(HTML)}), document.close()); ${SHOWN}`;

/** Answers of a browser that a learner controls: a list of its first page is far below. */
const ANSWER_LIMIT = 64 * 1024;

/** It answers in milliseconds; nobody waits long for a page that is only a courtesy. */
const FILL_MS = 3000;

/**
 * Writes the start page into the blank page of a browser that just came up; resolves when it stands on the screen.
 * @param port where it speaks CDP, on the seat's own localhost  @throws when it doesn't let itself be spoken to
 */
export async function fillStartPage(seat: SeatHandle, port: number, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(FILL_MS)]);
  const list = await ask(seat, port, limit, "GET /json/list HTTP/1.1\r\nHost: localhost\r\n\r\n", bodyOf);
  const pages = JSON.parse(list) as { type?: string; url?: string; id?: string }[];
  const id = pages.find(({ type, url }) => type === "page" && url === BLANK)?.id;
  if (!id || !/^[\w-]{1,64}$/.test(id)) return;
  const key = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64");
  const upgrade = `GET /devtools/page/${id} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`;
  const command = textFrame(
    JSON.stringify({ id: 1, method: "Runtime.evaluate", params: { expression: FILL, awaitPromise: true } }),
  );
  let asked = false;
  // What comes together with the request to upgrade is lost. The answer comes after the page was shown; nothing in it matters.
  await ask(seat, port, limit, upgrade, (text, more) => {
    if (!asked && text.includes("\r\n\r\n")) more(command);
    asked ||= text.includes("\r\n\r\n");
    return text.includes('"id":1') ? text : undefined;
  });
}

/** Sends, and resolves with what `done` makes of all that came back so far. */
async function ask(
  seat: SeatHandle,
  port: number,
  signal: AbortSignal,
  what: string,
  done: (text: string, more: (bytes: Uint8Array) => void) => string | undefined,
): Promise<string> {
  signal.throwIfAborted();
  const socket = await seat.dial(port);
  const answer = Promise.withResolvers<string>();
  const abort = () => answer.reject(new Error("the browser doesn't answer"));
  signal.addEventListener("abort", abort, { once: true });
  void socket.closed.then(abort);
  let text = "";
  const more = sender(socket);
  socket.onData((bytes) => {
    text += Buffer.from(bytes).toString("latin1");
    const found = done(text, more);
    if (found !== undefined) answer.resolve(found);
    else if (text.length > ANSWER_LIMIT) abort();
  });
  more(Buffer.from(what));
  try {
    return await answer.promise;
  } finally {
    signal.removeEventListener("abort", abort);
    socket.close();
  }
}

function sender(socket: SeatSocket): (bytes: Uint8Array) => void {
  let rest: Uint8Array = new Uint8Array();
  const go = () => {
    if (rest.length > 0) rest = rest.subarray(Math.max(0, socket.write(rest)));
  };
  socket.onDrain(go);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    go();
  };
}

/** The body of an HTTP answer, once it is whole. */
function bodyOf(text: string): string | undefined {
  const head = text.indexOf("\r\n\r\n");
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, Math.max(0, head)))?.[1];
  if (head < 0 || length === undefined) return undefined;
  const body = text.slice(head + 4);
  return body.length >= Number(length) ? body.slice(0, Number(length)) : undefined;
}

/** A text frame as clients send them, masked (RFC 6455 §5.2); between 126 and 65,535 bytes. */
function textFrame(text: string): Uint8Array {
  const payload = Buffer.from(text);
  const mask = crypto.getRandomValues(new Uint8Array(4));
  const head = Buffer.from([0x81, 0x80 | 126, payload.length >> 8, payload.length & 255, ...mask]);
  return Buffer.concat([head, payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0))]);
}
