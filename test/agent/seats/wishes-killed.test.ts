/** Whatever moment an agent is killed at after somebody asked: what was asked for is done, and once. */

import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ask } from "../../../agent/seats/asks.ts";
import { openSeats } from "../../../agent/seats/manager.ts";
import { documentOf } from "../../support/document.ts";
import { NotedSeats } from "../../support/noted-seats.ts";
import { until } from "../../support/until.ts";

const MACHINE = "clarateach-ws-wishes";
const root = mkdtempSync(join(tmpdir(), "ct-wishes-killed-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const open = (directory: string, noted: NotedSeats) =>
  openSeats({ directory, machine: MACHINE, runtime: noted.make, starterPath: String });
const document = (revision: number) => documentOf(MACHINE, revision, { numbers: [1, 2], definition: revision === 1 ? "a" : "b" });

/** State and world after every save from the ask on. */
async function moments(ask: Ask) {
  const directory = join(root, Bun.randomUUIDv7());
  mkdirSync(directory);
  const noted = new NotedSeats();
  const manager = await open(directory, noted);
  manager.want(document(1));
  await until("the seats", () => manager.seat(1) && manager.seat(2));
  await until("rest", () => manager.changes("in-progress").length === 0);
  manager.want(document(2));
  noted.did.length = 0;
  const reader = new Database(join(directory, "state.sqlite"));
  const found: { bytes: Uint8Array; noted: NotedSeats }[] = [];
  // The engine tells of each save in the same turn: the world is what it was then.
  manager.onChange(() => found.push({ bytes: new Uint8Array(reader.serialize()), noted: noted.copy() }));
  await manager.ask([1], ask);
  await until("rest", () => manager.changes("in-progress").length === 0);
  const last = noted.did.slice();
  reader.close();
  await manager.close();
  return { found, last };
}

for (const ask of [{ action: "refresh" }, { action: "restore" }, { action: "stop" }, { action: "remove" }] as const) {
  test(`${ask.action}: neither lost nor done twice`, async () => {
    const { found, last } = await moments(ask);
    expect(found.length).toBeGreaterThan(3);
    for (const { bytes, noted } of found) {
      const directory = join(root, Bun.randomUUIDv7());
      mkdirSync(directory);
      writeFileSync(join(directory, "state.sqlite"), bytes);
      const manager = await open(directory, noted);
      manager.want(document(3));
      await until("rest", () => manager.changes("in-progress").length === 0);
      await manager.ensure();
      await until("rest", () => manager.changes("in-progress").length === 0);
      // What was under way when it was killed may run again: it is there then already.
      expect(new Set(noted.did)).toEqual(new Set(last));
      expect(noted.did.length - last.length).toBeLessThanOrEqual(1);
      expect(manager.changes("all").map(({ kind }) => kind)).toEqual(["launch", ask.action]);
      await manager.close();
    }
  });
}
