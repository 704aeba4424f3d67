/** The values of Prometheus' text form by name; those with labels by name and labels, as they stand there. */
export function valuesOf(text: string): Record<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

/** What an agent says of itself on its owner's socket. Reading starts the next interval of `heldMs` and `maxMs`. */
export async function agentMetrics(socket: string): Promise<{ heldMs: number; maxMs: number; sockets: number }> {
  const values = valuesOf(await (await fetch("http://agent/metrics", { unix: socket })).text());
  const of = (name: string): number => {
    const value = values[`clarateach_agent_${name}`];
    if (value === undefined) throw new Error(`the agent has no metric ${name}: ${Object.keys(values)}`);
    return value;
  };
  const ms = (name: string) => Math.round(of(name) * 10_000) / 10;
  return { heldMs: ms("loop_longest_hold_seconds"), maxMs: ms("loop_longest_gap_seconds"), sockets: of("sockets") };
}
