import { expect, test } from "bun:test";
import { Problem } from "../../../../agent/contract/errors.ts";
import { newSecrets } from "../../../../agent/previews/neko/config.ts";
import { Neko } from "../../../../agent/previews/neko/neko.ts";
import type { BesideRunning, SeatHandle } from "../../../../agent/seats/seat.ts";

const settings = { image: "neko:3", address: "203.0.113.7", ports: 52_000, iceServers: [] };
const seat = { seat: 1 } as SeatHandle;

test.each([
  ["refuses", () => Promise.resolve({ code: 1, output: "" })],
  ["doesn't answer in time", () => Promise.reject(new Error("it took too long"))],
])("where what should restart the browser %s, its learner reads what to do", async (_, exec) => {
  const container = { exited: Promise.withResolvers<number>().promise, kill: () => {}, exec } as unknown as BesideRunning;
  const neko = new Neko(seat, { settings, wedged: () => {} }, newSecrets(), container);
  const refused = await neko.renewBrowser().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(Problem);
  expect((refused as Problem).message).toContain("try again in a minute");
});
