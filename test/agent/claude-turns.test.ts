import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openClaude } from "../../agent/claude.ts";
import type { MachineDocument } from "../../agent/contract/machine.ts";
import type { SeatManager } from "../../agent/seats/manager.ts";
import { until } from "../support/until.ts";

const directory = mkdtempSync(join(tmpdir(), "ct-claude-"));
afterAll(() => rmSync(directory, { recursive: true }));

test("a page that names another language with every call is set once more in all, and the next seat doesn't wait for it", async () => {
  const done: [seat: number, language: string | undefined][] = [];
  let held = Promise.resolve();
  const setClaude = async (seat: number) => {
    done.push([seat, claude.wish(seat).language]);
    await held;
  };
  const seats = { seat: () => ({}), runtime: { setClaude } } as unknown as SeatManager;
  const document = { seats: [1, 2].map((seat) => ({ seat, generation: 1 })) } as MachineDocument;
  const claude = openClaude({ directory, document: () => document, seats: () => seats, trouble: () => {} });
  claude.look();
  await until("both seats to be set", () => done.length === 2);
  const { promise, resolve } = Promise.withResolvers<void>();
  held = promise;
  for (let n = 0; n < 50; n++) for (const language of ["de", "fr"]) claude.hear({ seat: 1, gen: 1 }, language);
  claude.hear({ seat: 2, gen: 1 }, "it");
  resolve();
  await until("the other seat to be set", () => done.some(([, language]) => language === "Italian"));
  expect(done.slice(2).length).toBeLessThanOrEqual(3);
  expect(done).toContainEqual([1, "French"]);
});
