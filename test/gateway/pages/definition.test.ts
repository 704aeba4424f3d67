import { afterAll, beforeEach, expect, test } from "bun:test";
import { Problem } from "../../../agent/contract/errors.ts";
import { definitionFiles, packTar } from "../../support/definition.ts";
import { type Pages, startPages } from "../../support/pages.ts";
import { paperWorkshop } from "../../support/paper-services.ts";

let pages: Pages;
beforeEach(async () => {
  await pages?.end();
  pages = await startPages();
});
afterAll(() => pages.end());

const PART = { "hx-request": "true" };
const PYTHON = "name: notes\nbase: debian@12\nsdks:\n  - name: python\n";
const put = (more: Parameters<typeof paperWorkshop>[0] = {}) => {
  const workshop = paperWorkshop(more);
  pages.workshops.set(workshop.id, workshop);
  return `/workshops/${workshop.id}/definition`;
};
const typed = (more: Record<string, string | Blob> = {}) => ({
  ...{ environment: "own", definition: PYTHON, from: "a".repeat(64) },
  ...more,
});

test("what is kept stands in the form; saving sends it with the one that was edited, and says that no seat changed", async () => {
  const path = put();
  const shown = await (await pages.get(path)).text();
  expect(shown).toContain("name: claude\nbase: debian@12\n");
  expect(shown).toContain(`name="from" value="${"a".repeat(64)}"`);
  const saved = await pages.post(path, typed());
  expect([saved.status, saved.headers.get("location")]).toEqual([303, `${path}?saved`]);
  const [call = ""] = pages.calls;
  expect(call.replaceAll("\\r", "")).toBe(
    `replace("ws-k4m9p2",${JSON.stringify({ definition: PYTHON.trimEnd(), from: "a".repeat(64) })})`,
  );
  const part = await (await pages.post(path, typed(), PART)).text();
  expect(part).toStartWith('<div id="editing"');
  expect(part).toContain("<strong>The definition is saved.</strong> No seat has changed by it");
  expect(part).toContain("name: python");
});

test("what is wrong stands below the text with its lines, and nothing that was typed is lost", async () => {
  const path = put();
  const wrong = await pages.post(path, typed({ definition: "name: notes\nbase: debian@12\nsdks:\n  - name: <ndoe>\n" }), PART);
  const part = await wrong.text();
  expect(wrong.status).toBe(400);
  expect(part).toContain("<strong>Nothing was changed.</strong>");
  expect(part).toContain('data-go-to="4:11"');
  expect(part).toContain("name: &lt;ndoe>");
  expect(await (await pages.post(path, typed({ definition: "" }))).text()).toContain(
    "Paste the text of a workshop.yaml, or choose",
  );
});

test("who saves second is told, sees what it is now, and can put hers in its place", async () => {
  const path = put();
  pages.services.definitions.replace = async () => {
    pages.definition = { ...pages.definition, text: "name: theirs\n", digest: "d".repeat(64) };
    throw new Problem("CONFLICT", "The definition was changed meanwhile.");
  };
  const second = await pages.post(path, typed(), PART);
  const part = await second.text();
  expect(second.status).toBe(412);
  expect(part).toContain("<strong>Yours was not saved.</strong>");
  expect(part).toContain("name: theirs");
  expect(part).toContain("name: python");
  expect(part).toContain(`name="from" value="${"d".repeat(64)}"`);
  expect(part).toContain("Save mine in its place");
});

test("an archive beside the text that is kept is what is meant; beside another text it is one too many", async () => {
  const path = put();
  const definitionFile = new File([await packTar(definitionFiles())], "class.tar");
  expect((await pages.post(path, typed({ definition: pages.definition.text, definitionFile }))).status).toBe(303);
  expect(pages.calls.at(-1)).toContain('"name":"class.tar"');
  const both = await (await pages.post(path, typed({ definition: `${pages.definition.text}# more`, definitionFile }))).text();
  expect(both).toContain("The text was changed, and there is class.tar besides.");
});

test("the plan says in words what ends and for whom; it is asked again by itself while something goes on", async () => {
  const path = put();
  pages.plan = {
    told: true,
    sdks: [
      { name: "node", layer: "reused" },
      { name: "project-notes", layer: "built" },
    ],
    seats: [
      { seat: 1, does: "restarts" },
      { seat: 2, does: "same" },
    ],
    problems: [],
  };
  const words = async () => {
    const part = await (await pages.get(path.replace("definition", "plan"), PART)).text();
    return { part, words: part.replace(/<[^>]+>/g, "") };
  };
  const settled = await words();
  expect(settled.words).toContain("One SDK is installed, once for all seats: project-notes. There already: node.");
  expect(settled.words).toContain("Seat 01 restarts. Its terminals and programs end.");
  expect(settled.words).toContain("1 learner is connected there now: Mira (01).");
  expect(settled.words).toContain("Seat 02 stays as it is.");
  expect(settled.part).not.toContain("hx-trigger");
  expect(settled.part).toContain('href="/workshops/ws-k4m9p2/seats/all/refresh" data-ask');
  pages.plan.seats = [
    { seat: 1, does: "busy" },
    { seat: 2, does: "waits" },
  ];
  const busy = await words();
  expect(busy.words).toContain("Seat 01 is being worked on. That goes on with the definition that it began with.");
  expect(busy.words).toContain("Seat 02 waits for you. Continuing goes on with the definition that the change there began with.");
  expect(busy.part).toContain('hx-trigger="every 2s"');
  expect(busy.part).not.toContain("seats/all/refresh");
});

test("the plan says of stopped seats that they run afterwards, where anything of them changes", async () => {
  const { seats } = paperWorkshop();
  const path = put({ seats: seats.map((seat) => ({ ...seat, status: "stopped" as const })) }).replace("definition", "plan");
  const words = async (first: "restarts" | "live" | "same") => {
    const plan = [
      { seat: 1, does: first },
      { seat: 2, does: "same" as const },
    ];
    pages.plan = { told: true, sdks: [], seats: plan, problems: [] };
    return (await (await pages.get(path, PART)).text()).replace(/<[^>]+>/g, "");
  };
  expect(await words("restarts")).toContain("Seat 01 is stopped. It runs after the refresh.");
  expect(await words("live")).toContain("Seat 01 is stopped. It runs after the refresh.");
  expect(await words("same")).not.toContain("stopped");
});

test("whoever decides about a change that waits is told that its definition isn't the one any more", async () => {
  const { seats } = paperWorkshop();
  const waiting = (older: boolean) => {
    put({
      environment: pages.definition.environment,
      seats: seats.map((seat) => ({ ...seat, status: "waiting" as const, ...(older && { older: true as const }) })),
      changes: [
        {
          id: "1-7",
          kind: "refresh",
          summary: "Refresh seat 01",
          seats: [1],
          is: "waiting",
          startedAt: new Date().toISOString(),
          steps: [],
        },
      ],
    });
    return pages.get("/workshops/ws-k4m9p2").then((page) => page.text());
  };
  const CHANGED =
    "<strong>The definition was changed since.</strong> Continuing goes on with the one that this change began with.";
  expect(await waiting(false)).not.toContain(CHANGED);
  const page = await waiting(true);
  expect(page).toContain(CHANGED);
  expect(page.replace(/<[^>]+>/g, "")).toContain("Seats 01 and 02 have the definition before.");
});

test("a class that is over has no definition to edit, and one that hasn't begun no plan", async () => {
  const path = put({ state: "stopping" });
  expect((await pages.get(path)).headers.get("location")).toBe("/workshops/ws-k4m9p2");
  put({ state: "created" });
  const created = await (await pages.get(`${path}?saved`)).text();
  expect(created).toContain("The next start makes seats from it.");
  expect(created).not.toContain('id="plan"');
  expect((await pages.get(path.replace("definition", "plan"), PART)).headers.get("hx-redirect")).toBe(path);
});

test("a look while typing answers what it would install, or its problems", async () => {
  const path = `${put()}/look`;
  expect(await (await pages.post(path, typed(), PART)).text()).toContain("<strong>“notes” is fine.</strong>");
  expect(await (await pages.post(path, typed({ definition: "name: notes" }), PART)).text()).toContain("Line 1");
  expect(pages.calls).toEqual([]);
});
