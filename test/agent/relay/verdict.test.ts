import { expect, test } from "bun:test";
import { Refused } from "../../../agent/relay/answers.ts";
import { openHealth } from "../../../agent/relay/health.ts";
import { openQueue } from "../../../agent/relay/queue.ts";
import { openVerdict } from "../../../agent/relay/verdict.ts";

const failing = (status: number, message: string): Response =>
  Response.json({ type: "error", error: { type: "api_error", message } }, { status });

test("a failure that lasts becomes a sentence; a short one is left to the CLI, which asks again by itself", async () => {
  for (const [status, unseen, words] of [
    [500, 15_000, "Claude fails at the moment."],
    [529, 15_000, "too much to do"],
    [429, 60_000, "Ask again in a minute."],
  ] as const) {
    let now = Date.parse("2026-11-28T12:00:00Z");
    const health = openHealth(
      () => {},
      () => new Date(now),
    );
    const verdict = openVerdict(health, openQueue(), () => now);
    const judge = () => verdict.judge(failing(status, "oops"), undefined, "seats").catch((error: unknown) => error);
    expect(await judge()).toContain("oops");
    now += unseen - 1;
    expect(await judge()).toContain("oops");
    now += 1;
    const refused = await judge();
    if (!(refused instanceof Refused)) throw new Error(`${status} was passed on`);
    expect(refused.message).toContain(words);
    // What answers our own small question may still fail seats.
    health.good("probe");
    expect(health.current()).toBeDefined();
    health.good("seats");
    expect(await judge()).toContain("oops");
  }
});
