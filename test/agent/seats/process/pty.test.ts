import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { openPty } from "../../../../agent/seats/process/pty.ts";
import { until } from "../../../support/until.ts";

const options = { cwd: "/", env: { PATH: process.env.PATH ?? "" }, size: { cols: 80, rows: 24 } };

test("while it is held back nothing comes and nothing grows; then everything does", async () => {
  const pty = openPty(["sh", "-c", "seq 2000000; echo the-end"], options);
  let bytes = 0;
  let tail = "";
  pty.onData((chunk) => {
    if (bytes === 0) pty.pause();
    bytes += chunk.length;
    tail = (tail + Buffer.from(chunk).toString("latin1")).slice(-100);
  });
  await until("the first bytes", () => bytes > 0);
  const held = bytes;
  const memory = process.memoryUsage.rss();
  const looks: number[] = [];
  await until("a hundred looks", () => looks.push(bytes) >= 50);
  expect(Math.max(...looks) - held).toBeLessThan(128 * 1024);
  expect(process.memoryUsage.rss() - memory).toBeLessThan(8 * 1024 * 1024);
  pty.resume();
  await pty.exited;
  expect(tail).toEndWith("the-end\r\n");
  // Every line with the return that a terminal adds.
  expect(bytes).toBe(14_888_896 + 2_000_000 + "the-end\r\n".length);
});

test("a writer is told to wait while nobody reads, and cut off when it doesn't", async () => {
  const pty = openPty(["sh", "-c", "echo up; exec sleep 600"], options);
  let up = false;
  pty.onData(() => {
    up = true;
  });
  await until("it to be up", () => up);
  let isDrained = false;
  expect(pty.write(new Uint8Array(1000))).toBe(true);
  expect(pty.write(new Uint8Array(200_000))).toBe(false);
  void pty.drained.then(() => {
    isDrained = true;
  });
  await until("some turns of the loop", () => true);
  expect(isDrained).toBe(false);
  for (let i = 0; i < 100; i++) pty.write(new Uint8Array(64 * 1024));
  await pty.exited;
  expect(isDrained).toBe(true);
});

test("what is typed before the program is up arrives once, as it is", async () => {
  const pty = openPty(["sh", "-c", "sleep 0.2; printf up; head -c 4"], options);
  let text = "";
  pty.onData((chunk) => {
    text += Buffer.from(chunk).toString();
  });
  pty.write(Buffer.from("a\r\x03b"));
  await pty.exited;
  expect(text).toBe("upa\r\x03b");
});

test("viewers that come and go leave nothing open", async () => {
  const open = () => readdirSync("/proc/self/fd").length;
  const visit = async () => {
    const pty = openPty(["cat"], options);
    pty.pause();
    pty.close();
    await pty.exited;
  };
  await visit();
  const before = open();
  for (let i = 0; i < 20; i++) await visit();
  expect(await until("descriptors to close", () => open() <= before)).toBe(true);
});

test("a program that can't be started is an error at once", () => {
  expect(() => openPty(["/nowhere/at-all"], options)).toThrow();
});
