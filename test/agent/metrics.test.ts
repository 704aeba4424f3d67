import { expect, test } from "bun:test";
import { openMetrics } from "../../agent/metrics.ts";
import { openSockets } from "../../agent/sockets.ts";
import { valuesOf } from "../support/prometheus.ts";
import { until } from "../support/until.ts";

test("the agent's numbers are in Prometheus' text form: gaps of the loop, sockets, memory", async () => {
  const sockets = openSockets(() => {});
  sockets.add({ seat: 1, generation: 1, viewer: true, cut: () => {} });
  const metrics = openMetrics(sockets);
  const read = async () => valuesOf(await (await metrics()).text());
  expect((await metrics()).headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  await until("the first look at the clock", async () => (await read()).clarateach_agent_loop_gap_seconds_count);
  const from = performance.now();
  while (performance.now() - from < 120);
  await until("the gap to be seen", async () => ((await read()).clarateach_agent_loop_longest_gap_seconds ?? 0) > 0.09);
  const values = await read();
  expect(values['clarateach_agent_loop_gap_seconds_bucket{le="+Inf"}']).toBe(values.clarateach_agent_loop_gap_seconds_count);
  expect(values['clarateach_agent_loop_gap_seconds_bucket{le="0.05"}']).toBeLessThan(
    values.clarateach_agent_loop_gap_seconds_count as number,
  );
  expect(values.clarateach_agent_sockets).toBe(1);
  expect(values.process_resident_memory_bytes).toBeGreaterThan(1e6);
});
