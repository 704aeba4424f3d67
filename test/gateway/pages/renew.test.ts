import { afterAll, beforeEach, expect, test } from "bun:test";
import { Problem } from "../../../agent/contract/errors.ts";
import { seatNow } from "../../../views/parts/renew.tsx";
import type { WorkshopView } from "../../../views/workshop.ts";
import { type Pages, startPages } from "../../support/pages.ts";
import { paperWorkshop } from "../../support/paper-services.ts";

let pages: Pages;
beforeEach(async () => {
  await pages?.end();
  pages = await startPages();
  pages.workshops.set("ws-k4m9p2", paperWorkshop());
});
afterAll(() => pages.end());

const AT = "/workshops/ws-k4m9p2";
const HTMX = { "hx-request": "true" };
const seat1 = (operations: string[], status: "ready" | "stopped" | "waiting" | "error" = "ready") => {
  const view = paperWorkshop();
  const [first, ...others] = view.seats;
  if (!first) throw new Error("a paper workshop has seats");
  return { ...view, seats: [{ ...first, operations, status }, ...others] };
};

test("the menu of a seat has what its machine allows now, and nothing else", async () => {
  const menu = async () => /<div id="menu-01"[\s\S]*?<\/div>/.exec(await (await pages.get(AT)).text())?.[0] ?? "";
  expect(await menu()).toMatch(/Refresh seat 01…[\s\S]*Restore seat 01…[\s\S]*Stop seat 01…[\s\S]*Free seat 01…/);
  expect(await menu()).not.toContain("Start seat");
  pages.workshops.set("ws-k4m9p2", seat1(["start", "refresh", "restore"], "stopped"));
  expect(await menu()).toMatch(/action="\/workshops\/ws-k4m9p2\/seats\/1\/start"[\s\S]*Start seat 01[\s\S]*Refresh/);
  expect(await menu()).not.toContain("Stop seat");
  pages.workshops.set("ws-k4m9p2", seat1(["continue", "abort", "exec"], "waiting"));
  expect(await menu()).not.toMatch(/Refresh|Restore|Stop|Start/);
  expect(await (await pages.get(AT)).text()).toContain("Seat waits for you");
});

test("what is being done with a seat has a word of its own, whatever it is", () => {
  const [seat] = paperWorkshop().seats;
  if (!seat) throw new Error("a paper workshop has seats");
  const now = (kind: string) => {
    const change = { id: "1-7", kind, summary: kind, is: "doing" as const, seats: [seat.seat], steps: [], startedAt: "" };
    return seatNow({ ...seat, status: "pending" }, { changes: [change] });
  };
  const kinds = ["launch", "refresh", "restore", "start", "stop", "repair", "remove", "connect", "disconnect", "remount"];
  const words = kinds.map(now);
  for (const word of words) expect(word).toStartWith("is being ");
  expect(new Set([...words, now("what no release has")]).size).toBe(kinds.length + 1);
});

test("what ends by it is said before it is done, as a dialog and as a page; who sits there stands beside it", async () => {
  for (const [path, words] of [
    ["1/refresh", "Terminals and running programs of seat 01 end; /workspace stays."],
    ["01/restore", "what stands in its home directory is destroyed; /workspace stays."],
    ["1/stop", "Nobody can work there until you start it."],
    ["all/restore", "Terminals and running programs of seats 01 and 02 end"],
  ] as const) {
    const dialog = await (await pages.get(`${AT}/seats/${path}`, HTMX)).text();
    expect(dialog).toStartWith("<dialog");
    expect(dialog).toContain(words);
    expect(dialog).toContain("Mira");
    expect(dialog.includes("Wait when something fails"), path).toBe(/^0?1\/re/.test(path));
    expect(await (await pages.get(`${AT}/seats/${path}`)).text()).toStartWith("<!doctype html>");
  }
  pages.workshops.set("ws-k4m9p2", seat1(["start"], "stopped"));
  const refused = await pages.get(`${AT}/seats/1/stop`);
  expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining("Seat 01 can’t stop now")]);
  expect(pages.calls).toEqual([]);
});

test("that a stopped seat runs afterwards is said before it is made again, and of no other", async () => {
  const asked = async (path: string) => (await pages.get(`${AT}/seats/${path}`, HTMX)).text();
  for (const path of ["1/refresh", "all/restore"]) expect(await asked(path)).not.toContain("stopped;");
  pages.workshops.set("ws-k4m9p2", seat1(["start", "refresh", "restore"], "stopped"));
  for (const path of ["1/refresh", "all/refresh"])
    expect(await asked(path), path).toContain("Seat 01 is stopped; where anything of it differs, it runs then.");
  for (const path of ["1/restore", "all/restore"]) expect(await asked(path), path).toContain("Seat 01 is stopped; it runs then.");
  expect(await asked("2/restore")).not.toContain("stopped;");
  const view = paperWorkshop();
  const seats = view.seats.map((seat) => ({ ...seat, status: "stopped" as const, operations: ["restore"] }));
  pages.workshops.set("ws-k4m9p2", { ...view, seats });
  expect(await asked("all/restore")).toContain("Seats 01 and 02 are stopped; they run then.");
});

test("yes asks for it, with the mode that was chosen, and leads back to the class", async () => {
  for (const [path, fields, call] of [
    ["seats/1/restore", {}, 'ask("ws-k4m9p2",1,{"action":"restore"})'],
    ["seats/04/refresh", { wait: "yes" }, 'ask("ws-k4m9p2",4,{"action":"refresh","mode":"wait-on-error"})'],
    ["seats/all/stop", {}, 'ask("ws-k4m9p2","all",{"action":"stop"})'],
    ["seats/2/start", {}, 'ask("ws-k4m9p2",2,{"action":"start"})'],
    ["changes/1-17", { action: "continue" }, 'act("ws-k4m9p2","1-17","continue")'],
    ["changes/1-17", { action: "abort" }, 'act("ws-k4m9p2","1-17","abort")'],
  ] as const) {
    const answer = await pages.post(`${AT}/${path}`, fields);
    expect([answer.status, answer.headers.get("location")], path).toEqual([303, AT]);
    expect(pages.calls.at(-1)).toBe(call);
    const part = await pages.post(`${AT}/${path}`, fields, HTMX);
    expect([part.status, await part.text()], path).toEqual([200, ""]);
  }
  expect((await pages.post(`${AT}/changes/1-17`, { action: "<b>" })).status).toBe(400);
});

test("what is asked on a seat's own page leads back there: from the question, when it is done, and when it is refused", async () => {
  const page = await (await pages.get(`${AT}/seats/1`)).text();
  expect(page).toContain(`href="${AT}/seats/1/stop?from=seat" data-ask`);
  const asked = await (await pages.get(`${AT}/seats/1/stop?from=seat`)).text();
  expect(asked).toContain(`action="${AT}/seats/1/stop?from=seat"`);
  expect(asked).toMatch(new RegExp(`href="${AT}/seats/1">\\s*Leave it as it is`));
  for (const [seat, place] of [
    ["1", `${AT}/seats/1`],
    ["01", `${AT}/seats/1`],
    ["all", AT],
  ] as const) {
    const done = await pages.post(`${AT}/seats/${seat}/stop?from=seat`, {});
    expect([done.status, done.headers.get("location")], seat).toEqual([303, place]);
  }
  pages.asked = () => ({ changes: [], left: [], problems: [] });
  expect(await (await pages.post(`${AT}/seats/1/refresh?from=seat`, {})).text()).toMatch(/Nothing differs\.[\s\S]*Seat 01<\/h1>/);
  pages.asked = () => {
    throw new Problem("STATE_CONFLICT", "Seat 01 is busy. Wait for it.");
  };
  const refused = await pages.post(`${AT}/seats/1/stop?from=seat`, {});
  expect([refused.status, await refused.text()]).toEqual([409, expect.stringMatching(/Seat 01 is busy\.[\s\S]*Seat 01<\/h1>/)]);
});

test("on a seat's own page only what goes on turns", async () => {
  const looks = async (status: "stopped" | "waiting" | "error" | "ready", changes: WorkshopView["changes"] = []) => {
    pages.workshops.set("ws-k4m9p2", { ...seat1([], status), changes });
    return /class="state" data-is="(\w+)"/.exec(await (await pages.get(`${AT}/seats/1`, HTMX)).text())?.[1];
  };
  const startedAt = new Date().toISOString();
  const starting = (more: Partial<WorkshopView["changes"][number]>): WorkshopView["changes"] => [
    { id: "1-7", kind: "start", summary: "Start seat 01", is: "doing", seats: [1], startedAt, steps: [], ...more },
  ];
  expect(await looks("stopped")).toBe("stopped");
  expect(await looks("stopped", starting({}))).toBe("reconnecting");
  expect(await looks("stopped", starting({ is: "done", endedAt: startedAt }))).toBe("stopped");
  expect(await looks("waiting")).toBe("disconnected");
  expect(await looks("error")).toBe("failed");
  expect(await looks("ready")).toBe("ready");
});

test("why it was refused stands on the page where somebody clicked, above what is live", async () => {
  for (const [code, status] of [
    ["STATE_CONFLICT", 409],
    ["UNAVAILABLE", 503],
    ["INVALID_INPUT", 400],
  ] as const) {
    pages.asked = () => {
      throw new Problem(code, "Seat 04 is <busy>: it is being restored. Wait for it.");
    };
    const page = await pages.post(`${AT}/seats/4/stop`, {});
    const html = await page.text();
    expect([page.status, html.startsWith("<!doctype html>")]).toEqual([status, true]);
    expect(html).toMatch(
      /id="said">[\s\S]*Seat 04 is &lt;busy>: it is being restored\.<\/strong> Wait for it\.[\s\S]*id="workshop"/,
    );
    const part = await pages.post(`${AT}/changes/1-17`, { action: "continue" }, HTMX);
    expect([part.status, await part.text()]).toEqual([status, expect.stringMatching(/^<div class="banner bad" role="alert">/)]);
  }
  pages.asked = () => {
    throw new Problem("NOT_FOUND", "There is no seat 04.");
  };
  const unknown = await pages.post(`${AT}/seats/4/stop`, {});
  expect([unknown.status, await unknown.text()]).toEqual([404, expect.not.stringContaining('id="said"')]);
  pages.asked = () => ({ changes: ["1-7"], left: [2], problems: [] });
  expect(await (await pages.post(`${AT}/seats/all/refresh`, {})).text()).toContain("Seat 02 stayed as it is.");
  pages.asked = () => ({ changes: [], left: [], problems: [] });
  expect(await (await pages.post(`${AT}/seats/1/refresh`, {})).text()).toContain("Nothing differs.");
  pages.asked = () => ({ changes: ["1-7"], left: [], problems: ["The machine of seats 11 to 20 doesn’t answer. See."] });
  expect(await (await pages.post(`${AT}/seats/all/refresh`, {})).text()).toContain(
    "The machine of seats 11 to 20 doesn’t answer.</strong>",
  );
});

test("a seat has a page of its own: how it is, its connections, and the form that changes them", async () => {
  expect((await pages.get(`${AT}/seats?seat=2`)).headers.get("location")).toBe(`${AT}/seats/2`);
  const html = await (await pages.get(`${AT}/seats/01`)).text();
  for (const words of ["Seat 01</h1>", "Mira", "Restore seat 01…", "It has none:"]) expect(html).toContain(words);
  expect((await pages.get(`${AT}/seats/3`)).status).toBe(404);
  const pair = "notes:cache :mount";
  const done = await pages.post(`${AT}/seats/1/connections`, { action: "disconnect", pair });
  expect([done.status, done.headers.get("location")]).toEqual([303, `${AT}/seats/1`]);
  expect(pages.calls).toEqual([
    `connect("ws-k4m9p2",1,${JSON.stringify({ action: "disconnect", plug: "notes:cache", slot: ":mount" })})`,
  ]);
  pages.asked = () => {
    throw new Problem("INVALID_INPUT", "“notes:cache” can’t be connected with “:gpu”. Choose a mount.");
  };
  const refused = await pages.post(`${AT}/seats/1/connections`, { action: "connect", pair });
  expect([refused.status, await refused.text()]).toEqual([
    400,
    expect.stringContaining("can’t be connected with “:gpu”.</strong>"),
  ]);
  expect((await pages.post(`${AT}/seats/1/connections`, { action: "remount", pair })).status).toBe(400);
  pages.workshops.set("ws-k4m9p2", paperWorkshop({ state: "stopped" }));
  expect((await pages.get(`${AT}/seats/1`)).headers.get("location")).toBe(AT);
});

test("of what isn't there below one's own workshop it is said what it is, with the way back; of another's, nothing", async () => {
  pages.services.workshops.taskLog = async () => {
    throw new Problem("NOT_FOUND", "This log went with its machine. The last lines are on the workshop’s page.");
  };
  for (const [path, title] of [
    ["seats/99", "There is no seat 99; the workshop has seats 01 to 02"],
    ["seats/xx", "There is no seat “xx”"],
    ["seats/99/restore", "There is no seat 99; the workshop has seats 01 to 02"],
    ["seats/99/free", "There is no seat 99; the workshop has seats 01 to 02"],
    ["machines/1/tasks/3/9/log", "This log went with its machine"],
    ["machines/x/tasks/3/9/log", "Machines, changes and tasks are numbered from 1"],
  ] as const) {
    const answer = await pages.get(`${AT}/${path}`);
    const html = await answer.text();
    expect([answer.status, html], path).toEqual([404, expect.stringContaining(`<h1>${title}</h1>`)]);
    expect(html).toContain(`href="${AT}">Back to the workshop`);
    const others = await (await pages.get(`/workshops/ws-zzzzzz/${path}`)).text();
    expect(others, path).toContain("No workshop ws-zzzzzz");
    expect(others).not.toContain("Back to the workshop");
  }
  pages.asked = () => {
    throw new Problem("NOT_FOUND", "There is no change “1-999” of this workshop’s seats.");
  };
  const answer = await pages.post(`${AT}/changes/1-999`, { action: "abort" });
  expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining("<h1>There is no change “1-999”")]);
});

test("only who is signed in may, and only from our own page", async () => {
  for (const path of ["seats/1/stop", "seats/all/refresh", "seats/1/start", "changes/1-17", "seats/1/connections"]) {
    expect((await pages.post(`${AT}/${path}`, {}, { cookie: "" })).status, path).toBe(401);
    expect((await pages.post(`${AT}/${path}`, {}, { origin: "https://elsewhere.example" })).status, path).toBe(403);
  }
  expect(pages.calls).toEqual([]);
});
