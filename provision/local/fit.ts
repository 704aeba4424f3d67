import type { Fit } from "../../agent/contract/fit.ts";
import { environment } from "./supervisor.ts";

/** Docker answers in 20 ms; on a busy laptop it may take a while, and somebody is waiting for a form. */
const PATIENCE_MS = 5000;

/**
 * What so many seats would get of this computer: asked of the agent, which knows the settings. What it can't tell isn't known before the
 * start, which says what is missing.
 * @param directory where machines are
 */
export async function askFit(agent: readonly string[], directory: string, runtime: string, seats: number): Promise<Fit> {
  const options = ["--directory", directory, "--runtime", runtime, "--seats", String(seats)];
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const command = Bun.spawn([...agent, "fit", ...options], { env: environment(), signal, stdout: "pipe", stderr: "ignore" });
  const [said, code] = await Promise.all([new Response(command.stdout).text(), command.exited]);
  if (code === 0) return JSON.parse(said) as Fit;
  return { verdict: "good", ...(runtime === "process" && { runtime }) };
}
