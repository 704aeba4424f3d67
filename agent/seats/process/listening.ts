import { openSync } from "node:fs";
import { readdir, readlink } from "node:fs/promises";
import { listeningBy, portsOf } from "../listening.ts";
import type { FoundProcess } from "./processes.ts";

/** Descriptors of one process that are looked through; a server has its door among the first. */
const MOST_DESCRIPTORS = 1024;

/**
 * Ports at which processes of one seat listen. This computer's localhost is everybody's: whose a socket is, only the descriptors of its
 * processes tell.
 * @param before what this answered last, and to what: without another listener on the computer it is so still
 */
export async function listeningOf(processes: () => Promise<FoundProcess[]>, before?: Looked): Promise<Looked> {
  const all = listeningBy(openList);
  const key = all.map(({ inode }) => inode).join();
  if (before?.key === key) return before;
  const held = new Set((await Promise.all((await processes()).map(({ pid }) => socketsOf(pid)))).flat());
  return { key, ports: portsOf(all, ({ inode }) => held.has(`socket:[${inode}]`)) };
}

export interface Looked {
  /** All listeners of the computer. */
  key: string;
  ports: number[];
}

function openList(kind: "tcp" | "tcp6"): number {
  try {
    return openSync(`/proc/self/net/${kind}`, "r");
  } catch {
    return -1;
  }
}

async function socketsOf(pid: number): Promise<string[]> {
  try {
    const names = (await readdir(`/proc/${pid}/fd`)).slice(0, MOST_DESCRIPTORS);
    return await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => "")));
  } catch {
    // It ended meanwhile.
    return [];
  }
}
