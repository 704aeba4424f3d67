import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Pages, startPages } from "../../support/pages.ts";
import { paperWorkshop } from "../../support/paper-services.ts";

let pages: Pages;
beforeAll(async () => {
  pages = await startPages();
});
afterAll(() => pages.end());

test("what networks were checked for is forgotten by a button, and the page comes without it", async () => {
  const checks = { checked: 40, troubled: 40, lastAt: new Date().toISOString(), lacks: [] };
  const workshop = paperWorkshop({ state: "created", checks });
  pages.workshops.set(workshop.id, workshop);
  const path = `/workshops/${workshop.id}`;
  expect(await (await pages.get(path)).text()).toContain(`action="${path}/forget-checks"`);
  const answer = await pages.post(`${path}/forget-checks`, {});
  expect([answer.status, answer.headers.get("location")]).toEqual([303, path]);
  expect(await (await pages.post(`${path}/forget-checks`, {}, { "hx-request": "true" })).text()).toContain("Network checks");
  expect(pages.calls).toEqual(['forget("ws-k4m9p2")', 'forget("ws-k4m9p2")']);
});
