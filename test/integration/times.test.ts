/** Classes in time, with real agents and browsers: begun at a time, begun late, missed, and ended at another time than was agreed. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join as path } from "node:path";
import type { Browser, Page } from "playwright-core";
import { KEY } from "../gateway/support.ts";
import { launchChromium } from "../support/browser.ts";
import { join } from "../support/learner.ts";
import { until } from "../support/until.ts";
import { runningWorkshop, startWorld, type World } from "../support/world.ts";

/** As the local provider has it: so long before its time a class is started. */
const LEAD_MS = 60_000;

let world: World;
let browser: Browser;
beforeAll(async () => {
  [world, browser] = await Promise.all([startWorld(), launchChromium()]);
});
afterAll(async () => {
  await browser.close();
  await world.end();
});

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

async function planned(times: { startsAt: string; endsAt?: string }) {
  const { status, body } = await world.api("/api/workshops", {
    method: "POST",
    json: { name: "Later", seats: 1, apiKey: KEY, ...times },
  });
  expect(status).toBe(201);
  return body as { workshopId: string; code: string };
}

const shown = async (id: string) => (await world.api(`/api/workshops/${id}`)).body;
const running = (id: string) =>
  until("the class to run", async () => {
    const body = await shown(id);
    expect(body.status).not.toBe("failed");
    return body.status === "running" && body;
  });

/** Another person, with a clock of another zone than the server's. */
const someone = async (): Promise<Page> => (await browser.newContext({ timezoneId: "Asia/Kolkata" })).newPage();
let signedIn: Page | undefined;
/** Another page of whoever teaches: the link signs in once. */
async function aTeacher(): Promise<Page> {
  if (signedIn) return signedIn.context().newPage();
  signedIn = await someone();
  await signedIn.goto(world.signInLink());
  await signedIn.getByRole("heading", { name: "Workshops" }).waitFor();
  return signedIn.context().newPage();
}
const clockIn = (at: string, timeZone: string) =>
  new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone }).format(new Date(at));

test("it begins by itself: not before its machines are to be made, and who came early is told when and gets in", async () => {
  // A few seconds before its machines are made.
  const startsAt = inSeconds(LEAD_MS / 1000 + 8);
  const { workshopId: id, code } = await planned({ startsAt });
  const early = await someone();
  await early.goto(`${world.url}/join?code=${code}`);
  await early.getByLabel("Your name").fill("Mira");
  await early.getByRole("button", { name: "Join" }).click();
  await early.getByText(`Begins`).waitFor();
  expect(await early.locator(".begins time").textContent()).toContain(clockIn(startsAt, "Asia/Kolkata"));
  expect((await shown(id)).status).toBe("created");
  await early.waitForURL(/\/vm\/01\//);
  const { startedAt, endsAt } = await running(id);
  expect(Date.parse(startedAt)).toBeWithin(Date.parse(startsAt) - LEAD_MS, Date.parse(startsAt));
  // Its hours count from its time, not from when its machines were made.
  expect(Date.parse(endsAt) - Date.parse(startsAt)).toBe(4 * 3_600_000);
  await early.context().close();
});

test("a gateway that was dead at that time begins it when it is back, unless its end has passed too: that is said", async () => {
  const startsAt = inSeconds(LEAD_MS / 1000 + 8);
  const { workshopId: late } = await planned({ startsAt });
  const { workshopId: missed } = await planned({ startsAt: inSeconds(3600), endsAt: inSeconds(7200) });
  await world.kill();
  const db = new Database(path(world.data, "gateway.sqlite"));
  db.query("update workshops set starts_at = ?, planned_end = ? where id = ?").run(inSeconds(-7200), inSeconds(-3600), missed);
  expect(db.query("select state from workshops where id = ?").get(late)).toEqual({ state: "created" });
  db.close();
  await until("its time", () => Date.now() > Date.parse(startsAt) - LEAD_MS);
  await world.restart();
  expect((await running(late)).endsAt).toBe(new Date(Date.parse(startsAt) + 4 * 3_600_000).toISOString());

  expect((await shown(missed)).status).toBe("created");
  const teacher = await aTeacher();
  await teacher.goto(`${world.url}/workshops/${missed}`);
  await teacher.getByText("It did not begin at its time.").waitFor();
  await teacher.getByRole("button", { name: "Start workshop" }).click();
  await teacher.getByText("This time has passed. Choose a later one").waitFor();
  await teacher.getByLabel("End at").fill("");
  await teacher.getByLabel("Start at").fill("");
  await teacher.getByRole("button", { name: "Keep these times" }).click();
  await teacher.getByRole("button", { name: "Start workshop" }).click();
  await running(missed);
  await teacher.close();
});

test("the end moves from the page, both ways and by the teacher's clock; the learner's follows without loading anything", async () => {
  const { id, code } = await runningWorkshop(world, { seats: 1 });
  const { token, base } = await join(world, { code, name: "Noor" });
  const learner = await someone();
  await learner.goto(`${base}/?token=${token}`);
  await learner.evaluate(() => Object.assign(window, { sameDocument: true }));
  const learnerSees = (minutes: number) =>
    until(`${minutes} minutes left`, async () => {
      const text = (await learner.locator(".time[data-time]").textContent()) ?? "";
      const [, hours = "0", rest = "0"] = /^(?:(\d+) h ?)?(?:(\d+) min)? ?left$/.exec(text) ?? [];
      return Math.abs(Number(hours) * 60 + Number(rest) - minutes) <= 2;
    });
  await learnerSees(240);

  const teacher = await aTeacher();
  await teacher.goto(`${world.url}/workshops/${id}`);
  await teacher.evaluate(() => Object.assign(window, { sameDocument: true }));
  await teacher.getByRole("button", { name: "30 min longer" }).focus();
  await teacher.keyboard.press("Enter");
  await learnerSees(270);
  expect(await teacher.evaluate(() => document.activeElement?.textContent)).toBe("30 min longer");
  expect(await teacher.evaluate(() => "sameDocument" in window)).toBe(true);

  await teacher.getByRole("link", { name: "End at…" }).click();
  const field = teacher.getByLabel("End at");
  const local = async () => (await field.inputValue()).slice(11);
  expect(await local()).toBe(clockIn((await shown(id)).endsAt, "Asia/Kolkata"));
  const at = (hours: number) => {
    const later = new Date(Date.now() + hours * 3_600_000 + 5.5 * 3_600_000);
    return later.toISOString().slice(0, 16);
  };
  await field.fill(at(9));
  await teacher.getByRole("button", { name: "Move the end" }).click();
  const { latestEnd } = await shown(id);
  const problem = await teacher.locator("#endsAt-note.problem").textContent();
  expect(problem).toContain("is too late");
  expect(problem).toContain(`at ${clockIn(latestEnd, "Asia/Kolkata")} at most.`);
  expect(await field.inputValue()).toBe(at(9));
  await field.fill(at(1));
  await teacher.keyboard.press("Enter");
  await teacher.waitForURL(/\/workshops\/ws-[a-z0-9]+$/);
  await learnerSees(60);
  expect(await learner.evaluate(() => "sameDocument" in window)).toBe(true);
  expect((await shown(id)).latestEnd).toBe(latestEnd);
});
