import { afterAll, beforeEach, expect, test } from "bun:test";
import { type Pages, startPages } from "../../support/pages.ts";
import { paperWorkshop } from "../../support/paper-services.ts";
import { llmView } from "../../support/views.tsx";

let pages: Pages;
beforeEach(async () => {
  await pages?.end();
  pages = await startPages();
  pages.workshops.set("ws-k4m9p2", paperWorkshop());
});
afterAll(() => pages.end());

const AT = "/workshops/ws-k4m9p2";
const FORM = { seatUsd: "2,50", workshopUsd: "", models: "claude-haiku-4-5\r\nclaude-sonnet-5-5 ", permissions: "ask" };

test("what is typed is put in force as the API takes it; empty is none", async () => {
  const answer = await pages.post(`${AT}/claude`, { ...FORM, "limit-2": "$7" });
  expect([answer.status, answer.headers.get("location")]).toEqual([303, AT]);
  const sent = {
    ...{ workshopUsd: null, seatUsd: 2.5, models: ["claude-haiku-4-5", "claude-sonnet-5-5"], permissions: "ask" },
    seats: [
      { seat: 1, limitUsd: null },
      { seat: 2, limitUsd: 7 },
    ],
  };
  expect(pages.calls).toEqual([`change("ws-k4m9p2",${JSON.stringify(sent)})`]);
});

test("every field that is wrong is named at its place, with all that was typed, and nothing changes for the class", async () => {
  const answer = await pages.post(`${AT}/claude`, { ...FORM, seatUsd: "<b>", workshopUsd: "99999", "limit-2": "-1" });
  const html = await answer.text();
  expect(answer.status).toBe(422);
  for (const words of [
    "Three fields need another look",
    "This is “&lt;b>”; use dollars from 0 to 10000.",
    "This is “99999”; use dollars from 0 to 10000, or leave it empty.",
    'id="limit-2-note"',
    'value="-1"',
    "claude-haiku-4-5",
  ])
    expect(html).toContain(words);
});

test("a key is replaced; one that is none is refused at its field and never sent back", async () => {
  const key = "sk-ant-0123456789-0123456789";
  expect((await pages.post(`${AT}/claude/key`, { apiKey: ` ${key} ` })).headers.get("location")).toBe(AT);
  expect(pages.calls).toEqual([`replaceKey("ws-k4m9p2","${key}")`]);
  const refused = await pages.post(`${AT}/claude/key`, { apiKey: "in two" });
  const html = await refused.text();
  expect([refused.status, html.includes("a space or a line break")]).toEqual([422, true]);
  expect(html).not.toContain("in two");
});

test("one press pauses, lets go on or tops up, with scripts and without", async () => {
  for (const [path, call] of [
    ["pause", 'change("ws-k4m9p2",{"paused":true})'],
    ["resume", 'change("ws-k4m9p2",{"paused":false})'],
    ["seats/2/pause", 'change("ws-k4m9p2",{"seats":[{"seat":2,"paused":true}]})'],
    ["seats/2/resume", 'change("ws-k4m9p2",{"seats":[{"seat":2,"paused":false}]})'],
    ["seats/02/top-up", 'topUp("ws-k4m9p2",2)'],
  ] as const) {
    const plain = await pages.post(`${AT}/claude/${path}`, {});
    expect([plain.status, plain.headers.get("location")]).toEqual([303, AT]);
    expect(pages.calls.at(-1)).toBe(call);
    const part = await pages.post(`${AT}/claude/${path}`, {}, { "hx-request": "true" });
    expect(await part.text()).toStartWith('<header class="head">');
  }
});

test("each trouble is a sentence above the class, with what to do about it", async () => {
  for (const [state, words] of [
    ["refused", "The API key is refused."],
    ["no-credit", "out of credit"],
    ["unreachable", "Claude can’t be reached."],
    ["limited", "Claude asks the class to wait."],
    ["no-key", "could not be handed to the machine"],
  ] as const) {
    pages.workshops.set("ws-k4m9p2", paperWorkshop({ llm: llmView(2, { state, message: "<i>it said</i>" }) }));
    const html = await (await pages.get(AT)).text();
    expect(html).toContain(words);
    expect(html).toContain("“&lt;i>it said&lt;/i>”");
    expect(html.includes(`href="${AT}/claude#key"`)).toBe(state !== "unreachable" && state !== "limited");
  }
  // A key that is on its way isn't missing.
  pages.workshops.set("ws-k4m9p2", paperWorkshop({ llm: llmView(2, { state: "no-key" }) }));
  expect(await (await pages.get(AT)).text()).not.toContain("could not be handed");
});

test("how a key does is said beside its field", async () => {
  const ask = async (apiKey: string) => (await pages.post("/workshops/key-trial", { apiKey })).text();
  expect(await ask("sk-ant-0123456789")).toBe("This key works: api.anthropic.com answered 200.");
  pages.trial = { ...pages.trial, is: "refused", said: "api.anthropic.com answered 401" };
  expect(await ask("sk-ant-0123456789")).toStartWith("This key is refused: api.anthropic.com answered 401. Copy it again");
  expect(await ask("in two")).toContain("a space or a line break");
  const stranger = await pages.post("/workshops/key-trial", { apiKey: "sk-ant-0123456789" }, { cookie: "" });
  expect(stranger.status).toBe(401);
  expect(pages.calls).toEqual([]);
});

test("of a class that is over there is nothing to set", async () => {
  pages.workshops.set("ws-k4m9p2", paperWorkshop({ state: "stopped" }));
  expect((await pages.get(`${AT}/claude`)).headers.get("location")).toBe(AT);
});
