#!/usr/bin/env bun
/**
 * Debian's Chromium, deaf to changes of this computer's networks, as a program. Else it drops what it is connecting to (`ERR_NETWORK_CHANGED`)
 * whenever a test beside makes or deletes a bridge. It has no switch for that, but goes on without news when it can't have the socket by which the
 * kernel tells them: a filter on system calls, which it inherits, refuses that one. Its WebRTC has no addresses without it.
 */
import { dlopen, ptr } from "bun:ffi";

const { symbols: libc } = dlopen("libc.so.6", {
  prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" },
  fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
  execv: { args: ["ptr", "ptr"], returns: "i32" },
});
const [PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER] = [22, 38, 2];
const [AF_NETLINK, SOCK_RAW, EAFNOSUPPORT, F_SETFD] = [16, 3, 97, 2];
/** `socket` by the kernel's number, and what the kernel calls the processor (linux/audit.h). */
const [SOCKET, PROCESSOR] = process.arch === "arm64" ? [198, 0xc00000b7] : [41, 0xc000003e];
/** Of BPF: load a word of `struct seccomp_data`, jump if equal, return. */
const [LOAD, JUMP, RETURN] = [0x20, 0x15, 0x06];
const [ALLOW, FAIL] = [0x7fff0000, 0x00050000];
/** By which Playwright speaks to its browser; Bun closes them in what it becomes. */
const PIPES = [3, 4];

/** Code, rows to skip if so and if not, number. The C library's own questions for addresses have SOCK_CLOEXEC besides, and pass. */
const filter = [
  ...[row(LOAD, 0, 0, 4), row(JUMP, 0, 6, PROCESSOR)],
  ...[row(LOAD, 0, 0, 0), row(JUMP, 0, 4, SOCKET)],
  ...[row(LOAD, 0, 0, 16), row(JUMP, 0, 2, AF_NETLINK)],
  ...[row(LOAD, 0, 0, 24), row(JUMP, 1, 0, SOCK_RAW)],
  ...[row(RETURN, 0, 0, ALLOW), row(RETURN, 0, 0, FAIL | EAFNOSUPPORT)],
];

function row(code: number, yes: number, no: number, number: number): Buffer {
  const bytes = Buffer.from([code, 0, yes, no, 0, 0, 0, 0]);
  bytes.writeUInt32LE(number, 4);
  return bytes;
}

function must(what: string, code: number): void {
  if (code !== 0) throw new Error(`${what} failed: Chromium can't be made deaf to this computer's networks`);
}

const rows = Buffer.concat(filter);
const program = new BigUint64Array([BigInt(filter.length), BigInt(ptr(rows))]);
must("no_new_privs", libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
must("seccomp", libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ptr(program), 0, 0));
for (const pipe of PIPES) libc.fcntl(pipe, F_SETFD, 0);
const words = ["/usr/bin/chromium", ...process.argv.slice(2)].map((word) => Buffer.from(`${word}\0`));
const argv = new BigUint64Array([...words.map((word) => BigInt(ptr(word))), 0n]);
must("execv", libc.execv(ptr(words[0] as Buffer), ptr(argv)));
