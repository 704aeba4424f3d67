// What the proxies' bench has behind them, in a process of its own. Prints its port.
const PIECE = new Uint8Array(64 * 1024);

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  idleTimeout: 0,
  maxRequestBodySize: 2 ** 33,
  fetch: async (request, server) => {
    if (server.upgrade(request)) return undefined;
    const { pathname } = new URL(request.url);
    if (pathname === "/up") return new Response(`${await sizeOf(request)} bytes`);
    const bytes = Number(/^\/vm\/01\/files\/workspace\/(\d+)$/.exec(pathname)?.[1] ?? 0);
    return new Response(bytes > 0 ? stream(bytes) : "hello", { headers: { "x-content-type-options": "nosniff" } });
  },
  websocket: { message: (socket, message) => void socket.send(message) },
});
console.log(server.port);

function stream(bytes: number): ReadableStream<Uint8Array> {
  let left = bytes;
  return new ReadableStream({
    pull: (controller) => {
      controller.enqueue(PIECE.slice(0, Math.min(left, PIECE.length)));
      left -= PIECE.length;
      if (left <= 0) controller.close();
    },
  });
}

async function sizeOf({ body }: Request): Promise<number> {
  let size = 0;
  if (body) for await (const piece of body as unknown as AsyncIterable<Uint8Array>) size += piece.length;
  return size;
}
