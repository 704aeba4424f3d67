import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CLIENTS_PER_SEAT, InputLedger } from "../../../agent/terminals/ledger.ts";
import { newClient } from "../../support/terminal-client.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ct-ledger-"));
  path = join(directory, "input.ledger");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const reopened = (ledger: InputLedger): InputLedger => {
  ledger.close();
  return new InputLedger(path);
};

test("an unknown page has nothing taken; each seat has its own", () => {
  const ledger = new InputLedger(path);
  const page = newClient();
  ledger.take(3, page, 17);
  expect(ledger.taken(3, page)).toBe(17);
  expect(ledger.taken(4, page)).toBe(0);
  expect(ledger.taken(3, newClient())).toBe(0);
  ledger.close();
});

test("what was taken is known after a restart, on the first and a later machine", () => {
  const page = newClient();
  let ledger = new InputLedger(path);
  ledger.take(1, page, 1);
  ledger.take(10, page, 4_000_000_000);
  ledger.take(1, page, 2);
  ledger = reopened(ledger);
  expect(ledger.taken(1, page)).toBe(2);
  expect(ledger.taken(20, page)).toBe(4_000_000_000);
  ledger.close();
});

test("it stays small: the page unused longest is forgotten, before and after a restart", () => {
  const pages = Array.from({ length: CLIENTS_PER_SEAT + 1 }, newClient);
  const [first = "", second = "", third = ""] = pages;
  let ledger = new InputLedger(path);
  for (const page of pages.slice(0, -1)) ledger.take(2, page, 5);
  ledger.take(2, first, 6);
  ledger = reopened(ledger);
  ledger.take(2, pages.at(-1) ?? "", 1);
  expect(ledger.taken(2, first)).toBe(6);
  expect(ledger.taken(2, second)).toBe(0);
  expect(ledger.taken(2, third)).toBe(5);
  ledger = reopened(ledger);
  expect(ledger.taken(2, second)).toBe(0);
  expect(ledger.taken(2, pages.at(-1) ?? "")).toBe(1);
  expect(Bun.file(path).size).toBe(10 * CLIENTS_PER_SEAT * 16);
  ledger.close();
});

test("a file that is none, or half of one, counts as empty", () => {
  writeFileSync(path, "something else");
  let ledger = new InputLedger(path);
  const page = newClient();
  ledger.take(1, page, 9);
  ledger = reopened(ledger);
  expect(ledger.taken(1, page)).toBe(9);
  ledger.close();
  truncateSync(path, 100);
  ledger = new InputLedger(path);
  expect(ledger.taken(1, page)).toBe(0);
  ledger.close();
});
