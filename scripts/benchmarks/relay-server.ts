// What the relay's bench measures, each in a process of its own: `upstream`, or `relay URL DIRECTORY`. Prints where it is.
import type { MachineDocument } from "../../agent/contract/machine.ts";
import { upstreamOf } from "../../agent/contract/upstream.ts";
import { openRelay } from "../../agent/relay/relay.ts";
import { openTokens } from "../../agent/relay/tokens.ts";
import type { SeatHandle } from "../../agent/seats/seat.ts";
import { streamOf } from "../../test/support/upstream.ts";

const SEATS = 10;
const [what, url = "", directory = ""] = Bun.argv.slice(2);
console.log(JSON.stringify(what === "upstream" ? upstream() : relay()));

/** Answers with as many megabytes as `max_tokens` says, in events of 60 kB, after `wait` ms; 0: one short event. */
function upstream(): { url: string } {
  const short = Buffer.from(streamOf("claude-haiku-4-5", ["Hello."]).join(""));
  const piece = Buffer.from(streamOf("claude-haiku-4-5", ["x".repeat(60_000)])[2] ?? "");
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    fetch: async (request) => {
      const asked = (await request.json().catch(() => ({}))) as { max_tokens?: number; wait?: number };
      const { max_tokens: megabytes = 0, wait = 0 } = asked;
      if (wait > 0) await Bun.sleep(wait);
      let left = Math.ceil((megabytes * 1e6) / piece.length);
      const pull = (controller: ReadableStreamDefaultController) => {
        if (left-- > 0) return controller.enqueue(piece);
        controller.enqueue(short);
        controller.close();
      };
      return new Response(new ReadableStream({ pull }), { headers: { "content-type": "text/event-stream" } });
    },
  });
  return { url: `http://127.0.0.1:${server.port}` };
}

/** Seats as containers have them: their connections go by a socket. */
function relay(): { seats: { url: string; token: string }[] } {
  const numbers = Array.from({ length: SEATS }, (_, index) => index + 1);
  const tokens = openTokens(new Uint8Array(32), "bench");
  const room = openRelay({
    ...{ directory, tokens, upstream: upstreamOf(url), open: () => true, changed: () => {}, trouble: console.error },
    document: () =>
      ({
        relay: { seat: { usd: 1e9 } },
        seats: numbers.map((seat) => ({ seat, generation: 1, freshSince: 1 })),
      }) as unknown as MachineDocument,
  });
  const seats = numbers.map((seat) => {
    const port = freePort();
    const listen: SeatHandle["listen"] = (at, socket) => Bun.listen({ hostname: "127.0.0.1", port: at, socket });
    room.openSeat({ seat, generation: 1, relayPort: port, listen } as SeatHandle);
    return { url: `http://127.0.0.1:${port}`, token: tokens.of(seat, 1) };
  });
  void room.putKey(new Request("http://bench", { method: "PUT", body: '{"apiKey":"sk-ant-bench-0123456789"}' }));
  return { seats };
}

function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}
