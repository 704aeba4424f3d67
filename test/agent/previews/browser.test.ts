import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { endGently, startBrowser } from "../../../agent/previews/browser.ts";
import { startOwn } from "../../../agent/previews/own.ts";
import { findProcesses } from "../../../agent/seats/process/processes.ts";
import type { Finished, SeatHandle } from "../../../agent/seats/seat.ts";
import { openProcessSeats, type ProcessSeats } from "../../support/process-seats.ts";
import { until } from "../../support/until.ts";

const path = process.env.PATH;
const troubles: unknown[] = [];
let seats: ProcessSeats;
let seat: SeatHandle;

beforeAll(async () => {
  seats = await openProcessSeats();
  seat = await seats.seat(1);
});
afterAll(async () => {
  await seats.end();
  expect(troubles).toEqual([]);
});

/** The seat, whose learner stops what asks her browser to end as soon as it is there; and all that asked. */
function stopping(): { seat: SeatHandle; asks: Promise<Finished>[] } {
  const asks: Promise<Finished>[] = [];
  const exec: SeatHandle["exec"] = ([shell = "", how = "", what = "", ...rest], options) => {
    if (!what.includes("kill -TERM")) return seat.exec([shell, how, what, ...rest], options);
    const ask = seat.exec([shell, how, `kill -STOP $$; ${what}`], options);
    ask.catch(() => {});
    asks.push(ask);
    return ask;
  };
  return { seat: { ...seat, exec }, asks };
}

const PROFILE = ".config/clarateach-browser";
const programs = async () => (await findProcesses(seats.machine)).filter((one) => one.program);

test("a FIFO that comes to DevToolsActivePort while the browser starts keeps nobody waiting: its learner reads that it didn't start", async () => {
  const browser = join(seat.workspace, "browser");
  writeFileSync(browser, `#!/bin/sh\nmkfifo "$HOME/${PROFILE}/DevToolsActivePort"\nexec sleep 600`, { mode: 0o755 });
  const start = startBrowser(seat, browser, { env: {} }, new AbortController().signal, 2000);
  await expect(start).rejects.toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("open the preview again") });
  await until("nothing to be left", async () => (await programs()).length === 0);
});

test("FIFOs, and links to some, where a browser has its files are gone before it starts; they cost no start", async () => {
  const fifos = `mkfifo "Local State" Default/Preferences && ln -s Preferences "Default/Secure Preferences"`;
  await seat.exec(["sh", "-c", `p="$HOME/${PROFILE}"; rm -rf "$p" && mkdir -p "$p/Default" && cd "$p" && ${fifos}`]);
  const own = await startOwn(seat, { path }, (error) => troubles.push(error));
  await own.debuggingPort();
  const { stdout } = await seat.exec(["sh", "-c", `cat "$HOME/${PROFILE}/Default/Preferences"`]);
  expect(JSON.parse(stdout).download.default_directory).toBe(seat.workspace);
  await own.end();
});

test("a browser is renewed though what asks it to end is stopped, and that isn't there any more to end the next one", async () => {
  const { seat: stopped, asks } = stopping();
  const own = await startOwn(stopped, { path }, (error) => troubles.push(error));
  await own.debuggingPort();
  await own.renewBrowser();
  expect(asks.map((ask) => Bun.peek.status(ask))).toEqual(["rejected"]);
  await own.end();
});

test("a browser that has ended isn't asked to", async () => {
  const { seat: stopped, asks } = stopping();
  const program = await seat.spawn(["true"]);
  await program.exited;
  await endGently(stopped, program);
  expect(asks).toEqual([]);
});
