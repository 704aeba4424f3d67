import { dlopen, ptr } from "bun:ffi";

// Swaps a folder and a link in one step, over and over: what a learner would run to catch the agent between a look and a deed.
const { symbols } = dlopen("libc.so.6", { renameat2: { args: ["i32", "ptr", "i32", "ptr", "u32"], returns: "i32" } });
const AT_FDCWD = -100;
const RENAME_EXCHANGE = 2;
const [folder, link] = process.argv.slice(2).map((path) => Buffer.from(`${path}\0`));
if (!folder || !link) throw new Error("usage: swap-loop.ts FOLDER LINK");
for (;;) symbols.renameat2(AT_FDCWD, ptr(folder), AT_FDCWD, ptr(link), RENAME_EXCHANGE);
