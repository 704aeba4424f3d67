import { Problem } from "../../../agent/contract/errors.ts";
import { handleFiles } from "../../../agent/files/handle.ts";
import type { SeatHandle } from "../../../agent/seats/seat.ts";

export interface FilesServer {
  url: string;
  port: number;
  /** Errors that were no Problem: always empty where nothing is broken. */
  surprises: unknown[];
  stop(): Promise<void>;
}

/** The handlers behind a real HTTP server, as the agent's dispatch calls them. */
export function filesServer(seat: SeatHandle): FilesServer {
  const surprises: unknown[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    maxRequestBodySize: 2 ** 30,
    async fetch(request) {
      try {
        return await handleFiles(request, seat, new URL(request.url).pathname.replace(/^\/files\/?/, ""));
      } catch (error) {
        if (error instanceof Problem) return Response.json(error.body, { status: error.status });
        surprises.push(error);
        return new Response(String(error), { status: 599 });
      }
    },
  });
  return { url: `http://127.0.0.1:${server.port}/files`, port: server.port ?? 0, surprises, stop: () => server.stop(true) };
}
