import { afterAll, beforeEach, expect, test } from "bun:test";
import { Problem } from "../../../agent/contract/errors.ts";
import { InputProblem } from "../../../gateway/workshops/input.ts";
import { type Pages, startPages } from "../../support/pages.ts";

let pages: Pages;
beforeEach(async () => {
  await pages?.end();
  pages = await startPages();
});
afterAll(() => pages.end());

const BROWSER = "0123456789abcdef0123456789abcdef";
const refuseWith = (problem: Problem) => {
  pages.enter = async () => {
    throw problem;
  };
};

test("the code and a name lead straight to the seat", async () => {
  const answer = await pages.post("/join", { code: " clara-7k3m ", name: "Mira" }, { cookie: `ct_browser=${BROWSER}` });
  expect([answer.status, answer.headers.get("location")]).toEqual([303, "http://localhost:4101/?token=abc"]);
  expect(pages.calls).toEqual([`enter({"code":"clara-7k3m","name":"Mira"},"${BROWSER}")`]);
  const back = await pages.post("/join", { mode: "reconnect", code: "clara-7k3m", odehash: "7k3fp" });
  expect(back.headers.get("location")).toBe("http://localhost:4101/?token=abc#back");
  const htmx = await pages.post("/join", { code: "clara-7k3m" }, { "hx-request": "true" });
  expect([htmx.status, htmx.headers.get("hx-redirect")]).toEqual([200, "http://localhost:4101/?token=abc"]);
});

test("a browser is given an id when it has none, keeps the one it has, and the link fills in the code", async () => {
  const first = await pages.get("/join?code=CLARA-7K3M");
  expect(first.headers.get("set-cookie")).toMatch(/^ct_browser=[0-9a-f]{32}; HttpOnly/);
  expect(await first.text()).toMatch(/name="code"[^>]*value="CLARA-7K3M"/);
  const known = await pages.get("/join", { cookie: `ct_browser=${BROWSER}` });
  expect(known.headers.get("set-cookie")).toStartWith(`ct_browser=${BROWSER};`);
  const guessed = await pages.get("/join/clara-7k3m");
  expect([guessed.status, guessed.headers.get("location")]).toEqual([303, "/join?code=CLARA-7K3M"]);
  expect((await pages.get("/join/x")).status).toBe(404);
  // The form leads to another origin, the learner's machine.
  expect(first.headers.get("content-security-policy")).not.toContain("form-action");
});

test("each reason for not being in stands at its place, and what was typed is kept", async () => {
  const table: [Problem, number, RegExp][] = [
    [
      new Problem("NOT_FOUND", "No workshop has the code CLARA-7K3N."),
      404,
      /id="code-note"[^§]*No workshop has the code CLARA-7K3N\./,
    ],
    [
      new Problem("NO_SEATS", "Both seats of “First steps” are taken. Ask your instructor."),
      409,
      /role="alert"[^§]*<strong>Both seats of “First steps” are taken\.<\/strong> Ask/,
    ],
    [new Problem("SESSION_NOT_FOUND", "No seat has the reconnect code 7k3fp."), 404, /id="odehash-note"[^§]*7k3fp/],
    [new Problem("RATE_LIMITED", "Too many.", { retryAfterSeconds: 38 }), 429, /data-pause="38"/],
    [new Problem("INVALID_INPUT", "A code has a word and four characters."), 400, /id="code-note"[^§]*four characters/],
    [new InputProblem({ code: "“x” is not a code." }), 400, /id="code-note"[^§]*“x” is not a code/],
    [new InputProblem({ name: "It has 90 characters." }), 400, /id="name-note"[^§]*It has 90 characters/],
  ];
  for (const [problem, status, where] of table) {
    refuseWith(problem);
    const answer = await pages.post("/join", { code: "CLARA-7K3N", name: "Mira", odehash: "7k3fp" });
    const html = await answer.text();
    expect([problem.code, answer.status]).toEqual([problem.code, status]);
    expect(html).toMatch(where);
    expect(html).toContain('value="CLARA-7K3N"');
  }
  expect((await pages.post("/join", { code: "" })).status).toBe(400);
  refuseWith(new InputProblem({ odehash: "“xyz” has three characters." }));
  const back = await pages.post("/join", { mode: "reconnect", code: "CLARA-7K3N", odehash: "xyz" });
  expect(await back.text()).toMatch(/id="odehash-note"[^§]*“xyz” has three characters/);
});

test("too early leads to a page that waits, over to one that says so", async () => {
  refuseWith(new Problem("NOT_RUNNING", "Not yet."));
  const early = await pages.post("/join", { code: "CLARA-7K3M", name: "Mira & co" });
  const waiting = early.headers.get("location") ?? "";
  expect(waiting).toBe("/join/waiting?code=CLARA-7K3M&name=Mira+%26+co&odehash=");
  pages.waiting = {
    name: "First steps",
    door: "soon",
    seats: [
      { seat: 1, is: "ready" },
      { seat: 2, is: "working" },
    ],
  };
  const html = await (await pages.get(waiting)).text();
  expect(html).toContain("is getting its seats ready: 1 of 2");
  expect(html).toContain('<noscript><meta http-equiv="refresh" content="5"');
  expect(await (await pages.get("/join/waiting?code=clara+7k3m&name=&odehash=")).text()).toContain("CLARA-7K3M");
  pages.waiting = { name: "First steps", door: "over", seats: [], endedAt: "2026-11-22T16:21:00Z" };
  expect((await pages.get(waiting)).headers.get("location")).toBe("/join/ended?code=CLARA-7K3M");
  expect(await (await pages.get("/join/ended?code=CLARA-7K3M")).text()).toContain("“First steps” was stopped");
  pages.waiting.mine = { seat: 4, name: "Mira", freed: false };
  pages.waiting.keptUntil = "2026-11-29T16:21:00Z";
  const mine = await (await pages.get("/join/ended", { cookie: `ct_browser=${BROWSER}` })).text();
  expect(mine).toContain("<strong>seat 04, Mira</strong>");
  expect(mine).toContain("Sunday 29 November");
  expect((await pages.get("/join/ended")).headers.get("location")).toBe("/join");
  pages.waiting = undefined;
  expect((await pages.get("/join/ended?code=NOPE")).headers.get("location")).toBe("/join?code=NOPE");
  refuseWith(new Problem("WORKSHOP_ENDED", "Over."));
  expect((await pages.post("/join", { code: "CLARA-7K3M" })).headers.get("location")).toBe("/join/ended?code=CLARA-7K3M");
});

test("coming back offers the seat, and someone else gets another browser id that pressing twice doesn't change", async () => {
  pages.again = {
    workshopId: "ws-k4m9p2",
    workshop: "First steps",
    code: "CLARA-7K3M",
    seat: 4,
    name: "Mira",
    odehash: "7k3fp",
    open: true,
  };
  const html = await (await pages.get("/join", { cookie: `ct_browser=${BROWSER}` })).text();
  expect(html).toContain("Continue as Mira");
  const other = /name="other" value="([0-9a-f]{32})"/.exec(html)?.[1] ?? "";
  expect(other).not.toBe(BROWSER);
  const fields = { code: "CLARA-7K3M", name: "Jonas", other };
  const answers = await Promise.all([1, 2].map(() => pages.post("/join", fields, { cookie: `ct_browser=${BROWSER}` })));
  expect(answers.map(({ headers }) => headers.get("set-cookie")?.includes(other))).toEqual([true, true]);
  expect(new Set(pages.calls)).toEqual(new Set([`enter({"code":"CLARA-7K3M","name":"Jonas"},"${other}")`]));
  await pages.post("/join", { ...fields, other: "not hex" }, { cookie: `ct_browser=${BROWSER}` });
  expect(pages.calls.at(-1)).toEndWith(`"${BROWSER}")`);
});
