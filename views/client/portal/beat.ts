/** What a stream of a live part says while nothing changes. Pages hear it, or they'd take silence for a proxy that holds everything back. */
export const BEAT = "beat";
/** Proxies and phones drop a connection that is silent for a minute or even half of one. */
export const BEAT_MS = 15_000;
