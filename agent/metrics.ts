import { startLagProbe } from "./machine/lag.ts";
import type { Sockets } from "./sockets.ts";

/** Upper ends of the buckets of gaps, in seconds: from what nobody notices to what everybody does. */
const GAPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, Number.POSITIVE_INFINITY];

/**
 * `GET /v1/metrics`: how the agent itself does, in Prometheus' text form. Written by hand: their package takes 17 MB of a machine that
 * belongs to its seats.
 */
export function openMetrics(sockets: Sockets): () => Response {
  const gaps: Counts = { buckets: GAPS.map(() => 0), sum: 0 };
  const longest = startLagProbe((seconds) => {
    gaps.buckets = gaps.buckets.map((count, i) => (seconds <= (GAPS[i] ?? 0) ? count + 1 : count));
    gaps.sum += seconds;
  });
  return () => {
    const { gap, hold } = longest();
    const lines = [
      ...histogram("clarateach_agent_loop_gap_seconds", "How long the event loop was late", gaps),
      ...gauge("clarateach_agent_loop_longest_gap_seconds", "The longest gap since these numbers were read last", gap),
      ...gauge("clarateach_agent_loop_longest_hold_seconds", "The longest that the loop itself ran in one gap", hold),
      ...gauge("clarateach_agent_sockets", "Open sockets of learners", sockets.open()),
      ...gauge("process_resident_memory_bytes", "Resident memory", process.memoryUsage.rss()),
    ];
    return new Response(`${lines.join("\n")}\n`, { headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" } });
  };
}

interface Counts {
  /** How many were at most as long as each of `GAPS`. */
  buckets: number[];
  sum: number;
}

const head = (name: string, help: string, type: string): string[] => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];

const gauge = (name: string, help: string, value: number): string[] => [...head(name, help, "gauge"), `${name} ${value}`];

function histogram(name: string, help: string, { buckets, sum }: Counts): string[] {
  const ends = GAPS.map((end) => (Number.isFinite(end) ? String(end) : "+Inf"));
  return [
    ...head(name, help, "histogram"),
    ...buckets.map((count, i) => `${name}_bucket{le="${ends[i]}"} ${count}`),
    `${name}_sum ${sum}`,
    `${name}_count ${buckets.at(-1)}`,
  ];
}
