import type { SeatSizes } from "../sizes.ts";

/** Only agent and kernel rank above seats when memory or time is short. */
const OOM_SCORE = 500;
const CPU_SHARES = 128;

/**
 * What a seat may read from its disk, and write to it, each second. Ten builds share the disk below: one of a cloud's smaller machines does
 * some 170 MB and 3,600 calls. With control groups of version 1 the kernel counts only what goes past its cache.
 */
const DISK_BYTES = 80 * 1024 ** 2;
const DISK_CALLS = 2000;

/** What one container may take of the machine; pure. @param device of the seat's disk */
export const boundsOf = (device: string, { memory, cpus, pids }: Omit<SeatSizes, "disk">): object => ({
  Memory: memory,
  // No swap: a seat that needs more is told so, not made slow together with its neighbours.
  MemorySwap: memory,
  NanoCpus: Math.round(cpus * 1e9),
  CpuShares: CPU_SHARES,
  PidsLimit: pids,
  OomScoreAdj: OOM_SCORE,
  BlkioDeviceReadBps: [{ Path: device, Rate: DISK_BYTES }],
  BlkioDeviceWriteBps: [{ Path: device, Rate: DISK_BYTES }],
  BlkioDeviceReadIOps: [{ Path: device, Rate: DISK_CALLS }],
  BlkioDeviceWriteIOps: [{ Path: device, Rate: DISK_CALLS }],
  // No nproc: the control group counts its processes.
  Ulimits: [
    { Name: "nofile", Soft: 8192, Hard: 16384 },
    { Name: "core", Soft: 0, Hard: 0 },
  ],
});
