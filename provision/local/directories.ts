import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { AgentAddress, AgentPid } from "../../agent/contract/running.ts";
import { present, writeFile } from "../durable.ts";

/** What of the agent's log is shown when it can't be started. */
const LOG_TAIL = 2000;
const LOG_LINES = 3;

/** The directories of the machines: one each, whole or not at all. */
export interface Directories {
  pathOf(name: string): string;
  names(): Promise<string[]>;
  exists(name: string): Promise<boolean>;
  /** Undefined when the directory is half made. */
  boot(name: string): Promise<{ workshop: { id: string } } | undefined>;
  /** Makes it, or completes it; a boot document that is there stays. */
  make(name: string, boot: string): Promise<void>;
  pid(name: string): Promise<AgentPid | undefined>;
  address(name: string): Promise<AgentAddress | undefined>;
  /** The last lines of its log. */
  lastWords(name: string): Promise<string>;
  /** Takes it out of the way and removes it. */
  remove(name: string): Promise<void>;
}

/** @param root `data/machines`; what an earlier one left half made or half removed in it is cleared away */
export async function openDirectories(root: string): Promise<Directories> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  for (const entry of await readdir(root)) if (entry.startsWith(".")) await removeTree(join(root, entry));

  const pathOf = (name: string) => join(root, checked(name));
  const exists = async (name: string) => (await present(stat(pathOf(name)))) !== undefined;
  const json = async <T>(name: string, file: string): Promise<T | undefined> => {
    const text = await present(readFile(join(pathOf(name), file), "utf8"));
    try {
      return text === undefined ? undefined : (JSON.parse(text) as T);
    } catch {
      return undefined;
    }
  };
  const boot = (name: string) => json<{ workshop: { id: string } }>(name, "machine.json");

  async function make(name: string, document: string): Promise<void> {
    const unfinished = join(root, `.new-${name}-${randomBytes(4).toString("hex")}`);
    await mkdir(unfinished, { mode: 0o700 });
    await writeFile(join(unfinished, "machine.json"), document);
    try {
      await rename(unfinished, pathOf(name));
    } catch {
      if (!(await boot(name))) await rename(join(unfinished, "machine.json"), join(pathOf(name), "machine.json"));
      await rm(unfinished, { recursive: true });
    }
  }

  return {
    pathOf,
    exists,
    boot,
    make,
    names: async () => (await readdir(root)).filter((entry) => !entry.startsWith(".")),
    pid: (name) => json<AgentPid>(name, "agent.pid"),
    address: (name) => json<AgentAddress>(name, "agent.json"),
    lastWords: async (name) => {
      const log = (await present(readFile(join(pathOf(name), "agent.log"), "utf8"))) ?? "";
      return log.slice(-LOG_TAIL).trim().split("\n").slice(-LOG_LINES).join("\n");
    },
    remove: async (name) => {
      const going = join(root, `.gone-${checked(name)}-${randomBytes(4).toString("hex")}`);
      await present(rename(pathOf(name), going));
      await removeTree(going);
    },
  };
}

/** What is in a tree; `directories` counts those of seats and the machine's own. */
export async function measure(path: string): Promise<{ directories: number; sockets: number; bytes: number }> {
  const found = Bun.spawn(["find", path, "-printf", "%y %s\\0"], { stdout: "pipe", stderr: "ignore" });
  let [sockets, bytes, unfinished] = [0, 0, ""];
  const decoder = new TextDecoder("latin1");
  for await (const chunk of found.stdout) {
    const entries = (unfinished + decoder.decode(chunk, { stream: true })).split("\0");
    unfinished = entries.pop() ?? "";
    for (const entry of entries) {
      if (entry.startsWith("s")) sockets += 1;
      if (entry.startsWith("f")) bytes += Number(entry.slice(2));
    }
  }
  const seats = (await present(readdir(join(path, "seats")))) ?? [];
  const itself = (await present(stat(path))) ? 1 : 0;
  return { directories: seats.length + itself, sockets, bytes };
}

/**
 * Removes a tree that a stranger filled: deeper than a path may be long, and with directories that forbid everything, which is what the
 * system's own tools are made for.
 */
export async function removeTree(path: string): Promise<void> {
  if ((await run(["rm", "-rf", "--one-file-system", "--", path])) === "") return;
  await run(["chmod", "-R", "u+rwX", "--", path]);
  const said = await run(["rm", "-rf", "--one-file-system", "--", path]);
  if (said !== "") throw new Error(`cannot remove "${path}": ${said.slice(0, 500)}`);
}

/** What it complained of; empty when all went well. */
async function run(argv: string[]): Promise<string> {
  const child = Bun.spawn(argv, { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const said = await new Response(child.stderr).text();
  return (await child.exited) === 0 ? "" : said.trim() || `${argv[0]} failed`;
}

function checked(name: string): string {
  if (/^[a-z][a-z0-9-]{0,62}$/.test(name)) return name;
  throw new Error(`a machine can't be called "${name}": use a-z, 0-9 and -, at most 63 of them, a letter first`);
}
