import type { SeatHandle } from "../seats/seat.ts";

/** 10,000 lines of a build log are about 1 MB; a screen painted in every cell is cut at the top instead of filling the page. */
const HISTORY_LIMIT = 8 * 1024 * 1024;

const NEWLINE = 10;

/** Asked for in a row, they share one reading: each is a child process, and megabytes. Those of other names come one after the other. */
const reading = new WeakMap<SeatHandle, Map<string, Promise<Uint8Array>>>();

/** `GET /vm/NN/terminal/history?name=…`: a session's scrollback with its colours, for a terminal that converts line ends. */
export async function terminalHistory(seat: SeatHandle, name: string): Promise<Response> {
  const bytes = newest(await shared(seat, name));
  return new Response(bytes as Uint8Array<ArrayBuffer>, {
    headers: { "content-type": "application/octet-stream", "cache-control": "no-store", "x-content-type-options": "nosniff" },
  });
}

function shared(seat: SeatHandle, name: string): Promise<Uint8Array> {
  const byName = reading.get(seat) ?? new Map<string, Promise<Uint8Array>>();
  const running = byName.get(name);
  if (running) return running;
  const before = [...byName.values()].at(-1)?.catch(() => {});
  const next = Promise.resolve(before)
    .then(() => seat.history(name))
    .finally(() => byName.delete(name));
  reading.set(seat, byName.set(name, next));
  return next;
}

/** The last `HISTORY_LIMIT` bytes, from the beginning of a line. */
function newest(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= HISTORY_LIMIT) return bytes;
  const tail = bytes.subarray(bytes.length - HISTORY_LIMIT);
  return tail.subarray(tail.indexOf(NEWLINE) + 1);
}
