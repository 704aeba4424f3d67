import type { Neko } from "./neko.ts";
import type { Seen } from "./seen.ts";

/** What a test says to a neko that runs in another process or container, by HTTP with JSON. */
export function listenForCommands(neko: Neko, port: number): Bun.Server<undefined> {
  return Bun.serve({
    hostname: "127.0.0.1",
    port,
    routes: {
      "/faults": {
        async POST(request) {
          Object.assign(neko.faults, await request.json());
          return Response.json(neko.faults);
        },
      },
      "/cut": {
        async POST(request) {
          const { code } = (await request.json()) as { code?: number };
          neko.cut(code);
          return Response.json(true);
        },
      },
      "/shout": {
        async POST(request) {
          const { event, bytes } = (await request.json()) as { event: string; bytes: number };
          neko.shout(event, bytes);
          return Response.json(true);
        },
      },
      "/seen": { GET: () => Response.json(neko.seen) },
      "/seen/:kind": { GET: ({ params }) => Response.json(neko.seen[params.kind as keyof Seen] ?? null) },
    },
  });
}
