import { dlopen, ptr } from "bun:ffi";
import { closeSync, constants, openSync } from "node:fs";
import { O_CLOEXEC, O_PATH, openBeneath, SystemError, systemCall, systemCalls, terminated } from "../../../system-calls.ts";

/*
 * Mounts in a seat that runs, without a program in it: everything is named by descriptors that were opened from outside, and this thread is in
 * the seat's mount namespace for two calls of the kernel's. Nothing of Bun's runs inside: what it opened there would be the learner's.
 */

const [CLONE_FS, CLONE_NEWNS] = [0x200, 0x20000];
const AT_EMPTY_PATH = 0x1000;
const OPEN_TREE_CLONE = 1;
const MOVE_BOTH_BY_DESCRIPTOR = 0x04 | 0x40;
const [ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV] = [1, 2, 4];
const MS_PRIVATE = 1n << 18n;
const [MNT_DETACH, UMOUNT_NOFOLLOW] = [2, 8];
const HERE = terminated(Buffer.from(""));
const DOT = terminated(Buffer.from("."));

const DIRECTORY = O_PATH | constants.O_DIRECTORY;

/** A place, not what is there. @param path absolute and ours, or one of the kernel's own */
export const openPlace = (path: string): number => openSync(path, DIRECTORY);

/** A directory below an open one. No link is followed, nothing above is reached. @param path relative @throws SystemError */
export const openBelow = (directory: number, path: string): number =>
  openBeneath(directory, Buffer.from(path === "" ? "." : path), DIRECTORY);

/** A directory of the machine's by its real path. @throws SystemError ELOOP: a link is on the way */
export function openStraight(path: string): number {
  const top = openPlace("/");
  try {
    return openBelow(top, path.slice(1));
  } finally {
    closeSync(top);
  }
}

/** A second sight of a directory, without what is mounted below it, and mounted nowhere yet. Of a seat's: `inside`. @throws SystemError */
export const cloneTree = (directory: number): number =>
  systemCall("open_tree", directory, ptr(HERE), OPEN_TREE_CLONE | O_CLOEXEC | AT_EMPTY_PATH);

/** Nothing that is mounted on one side later shows on the other; programs in it have no rights of their owner's, devices none at all. */
export function tame(tree: number, readOnly: boolean): void {
  setTree(tree, ATTR_NOSUID | ATTR_NODEV | (readOnly ? ATTR_RDONLY : 0), 0);
}

/** Of a container's own root, which is read-only for whoever is inside. */
export const makeWritable = (tree: number): void => setTree(tree, 0, ATTR_RDONLY);

function setTree(tree: number, set: number, clear: number): void {
  const attributes = new BigUint64Array([BigInt(set), BigInt(clear), MS_PRIVATE, 0n]);
  systemCall("mount_setattr", tree, ptr(HERE), AT_EMPTY_PATH, ptr(attributes), attributes.byteLength);
}

/** `inside` only. @throws SystemError */
export const moveTree = (tree: number, to: number): void =>
  void systemCall("move_mount", tree, ptr(HERE), to, ptr(HERE), MOVE_BOTH_BY_DESCRIPTOR);

/**
 * What is mounted at a name in a directory; `inside` only.
 * @param anyhow in use too: whoever has something open there keeps it @throws SystemError EBUSY: a program has something open there
 */
export function unmount(directory: number, name: string, anyhow: boolean): void {
  const { fchdir, umount2, refusal } = libc();
  const flags = UMOUNT_NOFOLLOW | (anyhow ? MNT_DETACH : 0);
  if (fchdir(directory) !== 0 || umount2(ptr(terminated(Buffer.from(name))), flags) !== 0)
    throw new SystemError(refusal(), "umount2");
}

let own: { namespace: number; root: number } | undefined;

/** Runs `work`, which makes calls of the kernel's and nothing else, in a mount namespace. @throws SystemError, and what `work` throws */
export function inside<T>(namespace: number, work: () => T): T {
  const { unshare, setns, fchdir, chroot, refusal } = libc();
  own ??= { namespace: openSync("/proc/thread-self/ns/mnt", "r"), root: openPlace("/") };
  const here = openPlace(".");
  try {
    // Only a thread whose root and directory are its alone is let in; those that it began since the last time share them.
    if (unshare(CLONE_FS) !== 0) throw new SystemError(refusal(), "unshare");
    if (setns(namespace, CLONE_NEWNS) !== 0) throw new SystemError(refusal(), "setns");
    try {
      return work();
    } finally {
      // Going on in a learner's files would be worse than not going on.
      if (setns(own.namespace, CLONE_NEWNS) !== 0 || fchdir(own.root) !== 0 || chroot(ptr(DOT)) !== 0) process.abort();
      fchdir(here);
    }
  } finally {
    closeSync(here);
  }
}

/** What `work` makes is this user's, and it may no more than she. @throws what `work` throws */
export function asOwner<T>({ uid, gid }: { uid: number; gid: number }, work: () => T): T {
  const { setfsuid, setfsgid } = libc();
  const umask = process.umask(0o022);
  setfsgid(gid);
  setfsuid(uid);
  try {
    return work();
  } finally {
    setfsuid(0);
    setfsgid(0);
    process.umask(umask);
    // Each call answers what was there before it.
    if (setfsuid(0) !== 0 || setfsgid(0) !== 0) process.abort();
  }
}

let loaded: ReturnType<typeof load> | undefined;

function libc() {
  loaded ??= load();
  return loaded;
}

/** With what all rooms share: once this thread is in a seat, nothing may be loaded. */
function load() {
  const { symbols } = dlopen("libc.so.6", {
    setns: { args: ["i32", "i32"], returns: "i32" },
    unshare: { args: ["i32"], returns: "i32" },
    setfsuid: { args: ["u32"], returns: "i32" },
    setfsgid: { args: ["u32"], returns: "i32" },
    umount2: { args: ["ptr", "i32"], returns: "i32" },
    fchdir: { args: ["i32"], returns: "i32" },
    chroot: { args: ["ptr"], returns: "i32" },
  });
  return { ...symbols, refusal: systemCalls().refusal };
}
