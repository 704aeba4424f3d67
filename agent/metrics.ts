import type { LagProbe } from "./machine/lag.ts";
import type { Sockets } from "./sockets.ts";

/** `GET /v1/metrics`: how the agent itself does. */
export const openMetrics = (lag: LagProbe, sockets: Sockets) => (): Response =>
  Response.json({ lag: lag.read(), rssBytes: process.memoryUsage.rss(), sockets: sockets.open() });
