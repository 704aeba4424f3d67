import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SeatHandle, SeatSocket } from "../seats/seat.ts";
import { passOn } from "./debugging.ts";

/** What a new browser opens: an address bar with nothing odd in it. */
export const BLANK = "about:blank";

const HTML = `<!doctype html><title>Your browser</title><meta name=color-scheme content="light dark">
<body style="font:18px/1.6 system-ui,sans-serif;max-width:34em;margin:12vh auto;padding:0 1em">
<h1 style="font-size:1.6em;font-weight:600">This is your browser</h1>
<p>It runs on your seat. A server that you start in the terminal, say on port 8000, is at <b>http://localhost:8000</b> here.
<p>Programs drive it through the address in <code>CLARATEACH_CDP_URL</code>, and you see what they do.`;

/** Two frames: in the first it is drawn, with the second it was shown. */
const SHOWN = "new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(() => shown(1))))";

/** Only on the page that is still blank: a script may have been faster. Answered once there is something to see. */
const FILL = `location.href === ${JSON.stringify(BLANK)} && !document.body?.firstChild && (document.write(${JSON.stringify(HTML)}), document.close()); ${SHOWN}`;

/** Two frames of a browser that comes up take 2 s where a class opens its browsers at once; nobody waits long for what is only a courtesy. */
const FILL_MS = 10_000;

/** Its list of pages and one answer have 2 KB. Whoever answers there may be a program of the learner's that never ends. */
const HEARD_LIMIT = 64 * 1024;

/** The browser's side of a connection, closed when it has said more than that. */
async function dialBriefly(seat: SeatHandle, port: number): Promise<SeatSocket> {
  const socket = await seat.dial(port);
  let heard = 0;
  const listen = socket.onData.bind(socket);
  socket.onData = (take) =>
    listen((bytes) => {
      heard += bytes.length;
      if (heard <= HEARD_LIMIT) take(bytes);
      else socket.close();
    });
  return socket;
}

/**
 * Writes the start page into the blank page of a browser that just came up; resolves when it stands on the screen.
 * @param port where it speaks CDP, on the seat's own localhost  @throws when it doesn't let itself be spoken to
 */
export async function fillStartPage(seat: SeatHandle, port: number, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(FILL_MS)]);
  const directory = mkdtempSync(join(tmpdir(), "clarateach-cdp-"));
  const unix = join(directory, "browser");
  // The seat's localhost may be another than the agent's: a socket that only the agent can open leads there.
  const listener = Bun.listen({ unix, socket: passOn({ dial: () => dialBriefly(seat, port), use: () => () => {} }) });
  try {
    const answer = await fetch("http://localhost/json/list", { unix, signal: limit, decompress: false });
    const pages = (await answer.json()) as { type?: string; url?: string; id?: string }[];
    const id = pages.find(({ type, url }) => type === "page" && url === BLANK)?.id;
    if (id && /^[\w-]{1,64}$/.test(id)) await evaluate(`ws+unix://${unix}:/devtools/page/${id}`, limit);
  } finally {
    listener.stop(true);
    rmSync(directory, { recursive: true });
  }
}

/** The answer comes after the page was shown; nothing in it matters. */
async function evaluate(address: string, signal: AbortSignal): Promise<void> {
  const page = new WebSocket(address);
  const shown = Promise.withResolvers<void>();
  const params = { expression: FILL, awaitPromise: true };
  page.onopen = () => page.send(JSON.stringify({ id: 1, method: "Runtime.evaluate", params }));
  page.onmessage = () => shown.resolve();
  page.onclose = () => shown.reject(new Error("the browser doesn't answer"));
  signal.addEventListener("abort", () => page.close(), { once: true });
  await shown.promise.finally(() => page.close());
}
