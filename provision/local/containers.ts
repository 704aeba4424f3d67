import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Leftovers } from "../../agent/contract/machine.ts";
import { RUNTIME_FILE } from "../../agent/contract/running.ts";
import { present } from "../durable.ts";

/** Ten containers that don't end by themselves take Docker some seconds. */
const CLEAR_MS = 60_000;

/**
 * Containers outlive their agent and no process of them is ours to find: a machine made of them is cleared by the agent's own command.
 * Undefined for one that never had any. @throws with the command's last words, and nothing of the machine may be forgotten then
 */
export async function clearContainers(
  agent: readonly string[],
  directory: string,
  env: Record<string, string>,
): Promise<Leftovers | undefined> {
  const runtime = await present(readFile(join(directory, RUNTIME_FILE), "utf8"));
  if (runtime?.trim() !== "docker") return undefined;
  const signal = AbortSignal.timeout(CLEAR_MS);
  const command = Bun.spawn([...agent, "clear", "--machine", directory], { env, signal, stdout: "pipe", stderr: "pipe" });
  const [said, complaint, code] = await Promise.all([
    new Response(command.stdout).text(),
    new Response(command.stderr).text(),
    command.exited,
  ]);
  if (code !== 0)
    throw new Error(`the containers of "${directory}" could not be removed; it is tried again: ${complaint.trim().slice(-400)}`);
  return JSON.parse(said) as Leftovers;
}
