import { expect, test } from "bun:test";
import { withLastWords } from "../../../gateway/workshops/last-words.ts";
import { type Resource, wanted } from "../../../gateway/workshops/resource.ts";

const NAME = "clarateach-ws-abc123";
const reason = `Nothing moved for 10 minutes, last at “${NAME} boots in europe-west4-a”.`;
const failed = { kind: "failed" as const, reason };
const row = (observed: Resource["observed"], detail: object = {}): Resource => ({
  ...wanted("machine", 1, NAME),
  observed,
  detail,
});
const saying = (words: string) => ({ lastWords: async () => words });

test("a machine that never came up is told with what it said last, as plain text", async () => {
  const console = "\u001b[0;32mOK\u001b[0m boot\r\nstartup-script: clarateach: https://x/agent can't be fetched\r\n\r\n";
  expect(await withLastWords(failed, [row("starting")], saying(console))).toEqual({
    kind: "failed",
    reason: `${reason} Start again; if that ends the same way, whoever runs ClaraTeach needs the last lines of its console:\nOK boot\nstartup-script: clarateach: https://x/agent can't be fetched`,
  });
});

test("lines of a machine that isn't why it failed aren't told", async () => {
  const other = { kind: "failed" as const, reason: `Google Cloud could not make the machine ${NAME}-2` };
  expect(await withLastWords(other, [row("starting")], saying("noise"))).toBe(other);
});

test("one that was greeted, one that isn't there, other ends and clouds without a console are told as they are", async () => {
  const words = saying("noise");
  expect(await withLastWords(failed, [row("running", { certificate: "PEM" })], words)).toBe(failed);
  expect(await withLastWords(failed, [row("absent")], words)).toBe(failed);
  expect(await withLastWords(failed, [row("starting")], {})).toBe(failed);
  expect(await withLastWords(failed, [row("starting")], { lastWords: () => Promise.reject(new Error("away")) })).toBe(failed);
  const ready = { kind: "ready" as const };
  expect(await withLastWords(ready, [row("starting")], words)).toBe(ready);
});
