import { Problem } from "../../../contract/errors.ts";
import type { DaemonInfo } from "../client/types.ts";
import profile from "./seccomp.json";

/**
 * The filter on system calls of every container that is made here. It is Docker 20.10's default (the package docker.io of Debian 12) without
 * what a class never needs and the kernel's holes were found in: io_uring, sockets of the kernel's ciphers and of virtual machines, keyrings
 * and all of the 32-bit interface, whose `socketcall` is a way around. Newer calls that programs expect are allowed.
 */
export const SECCOMP = `seccomp=${JSON.stringify(profile)}`;

/** What `docker info` names for it. */
const FILTER = /^name=seccomp(,|$)/;
export const hasSeccomp = ({ SecurityOptions }: DaemonInfo): boolean => SecurityOptions.some((option) => FILTER.test(option));

export const SECCOMP_REMEDY = "take Docker of Debian or docker.com, and a kernel with CONFIG_SECCOMP_FILTER (Debian's has it)";

/** @throws Problem `UNAVAILABLE` for a daemon whose containers could make every system call */
export function requireSeccomp(info: DaemonInfo): void {
  if (hasSeccomp(info)) return;
  throw new Problem(
    "UNAVAILABLE",
    `Docker here can't filter the system calls of containers (seccomp), and without it a seat is no wall: ${SECCOMP_REMEDY}.`,
  );
}
