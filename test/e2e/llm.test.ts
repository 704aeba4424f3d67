import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../support/browser.ts";
import { openTerminal } from "../support/learner.ts";
import { says, startUpstream, type TestUpstream } from "../support/upstream.ts";
import { runningWorkshop, startWorld, type World } from "../support/world.ts";

/** The one that `runningWorkshop` makes a class with. */
const GOOD = "sk-ant-test-0123456789-0123456789-0123456789";

let upstream: TestUpstream;
let world: World;
let browser: Browser;
beforeAll(async () => {
  upstream = startUpstream();
  upstream.takeOnly(GOOD);
  upstream.behave(says("I am here.", { inputTokens: 420_000, outputTokens: 1000 }));
  [world, browser] = await Promise.all([startWorld({ CLARATEACH_LLM_URL: upstream.url }), launchChromium()]);
});
afterAll(async () => {
  await browser?.close();
  await world?.end();
  await upstream?.end();
});

const someone = async (): Promise<Page> => (await browser.newContext()).newPage();
const ASK = `curl -s "$ANTHROPIC_BASE_URL/v1/messages" -H "Authorization: Bearer $ANTHROPIC_AUTH_TOKEN" -d '{"model":"claude-haiku-4-5","stream":true}'`;

test("the key is tried beside its field; use is seen live by instructor and learner; a pause and a top-up take one key each", async () => {
  const { id, code } = await runningWorkshop(world, { seats: 2 });
  const teacher = await someone();
  await teacher.goto(world.signInLink());
  await teacher.getByRole("heading", { name: "Workshops" }).first().waitFor();
  await teacher.goto(`${world.url}/workshops/new`);
  const key = teacher.getByLabel("LLM API key");
  await key.fill("sk-ant-wrong-wrong-wrong-wrong");
  await key.press("Tab");
  await teacher.getByText("This key is refused: ").waitFor();
  await key.fill(GOOD);
  await key.press("Tab");
  await teacher.getByText("This key works: ").waitFor();
  // A form that is refused comes back with the key and what is known of it.
  await teacher.getByLabel("Seats").fill("240");
  await teacher.getByRole("button", { name: "Make the workshop" }).click();
  await teacher.getByText("240 seats are too many").waitFor();
  await teacher.getByText("This key works: ").waitFor();

  await teacher.goto(`${world.url}/workshops/${id}`);
  const json = { code, name: "Mira" };
  const joined = (await world.api("/api/join", { method: "POST", json, anonymous: true })).body;
  const learner = await someone();
  await learner.goto(joined.url);
  const headers = { authorization: `Bearer ${joined.token}` };
  const shell = await openTerminal(`ws://${joined.endpoint}/vm/01/terminal`, headers);
  await shell.run(ASK, "message_stop");
  await teacher.locator("#claude-01").getByText("$0.42 of $5.00").waitFor();
  await learner.locator(".strip > [data-claude]").getByText("Claude $0.42 of $5.00").waitFor();

  await teacher.getByRole("button", { name: "Pause Claude for all" }).focus();
  await teacher.keyboard.press("Enter");
  await teacher.getByText("Claude is paused for everybody.").waitFor();
  await learner.locator(".notices").getByText("Claude is paused.").waitFor();
  // The same button, which now does the opposite, has the focus still.
  await teacher.keyboard.press("Enter");
  await teacher.getByText("Claude is paused for everybody.").waitFor({ state: "hidden" });
  await learner.locator(".notices").getByText("Claude is paused.").waitFor({ state: "hidden" });

  await teacher.getByRole("button", { name: "More about Claude in seat 01" }).focus();
  await teacher.keyboard.press("Enter");
  await teacher.getByRole("button", { name: "Add $5.00 to seat 01" }).focus();
  await teacher.keyboard.press("Enter");
  await teacher.locator("#claude-01").getByText("$0.42 of $10.00").waitFor();
  await learner.locator(".strip > [data-claude]").getByText("Claude $0.42 of $10.00").waitFor();

  upstream.takeOnly("sk-ant-revoked-meanwhile-0123456789");
  await shell.run(ASK, "key is refused");
  await teacher.getByText("The API key is refused.").waitFor();
  upstream.takeOnly(GOOD);
  await teacher.getByText("The API key is refused.").waitFor({ state: "hidden" });
  shell.close();
  expect((await world.api(`/api/workshops/${id}/stop`, { method: "POST" })).body.status).toBe("stopped");
  await teacher.getByText("Claude: $0.42, ").waitFor();
});
