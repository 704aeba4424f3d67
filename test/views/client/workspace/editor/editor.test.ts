import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { until } from "../../../../support/until.ts";
import { type Browsing, browse, openFile, row, saved } from "../../browse.ts";

let world: Browsing;
beforeAll(async () => {
  world = await browse();
});
afterAll(() => world.end());
afterEach(() => {
  world.desk.away = false;
  expect(world.errors()).toEqual([]);
});

const disk = (name: string) => readFileSync(`${world.desk.workspace}/${name}`, "utf8");
const put = (name: string, text: string | Uint8Array) => writeFileSync(`${world.desk.workspace}/${name}`, text);

test("typing marks a file unsaved, Ctrl+S saves it", async () => {
  put("a.py", "one = 1\n");
  const page = await world.visit();
  await openFile(page, "a.py");
  await saved(page, "Saved");
  await page.keyboard.type("two = 2\n");
  await saved(page, "Unsaved");
  expect(disk("a.py")).toBe("one = 1\n");
  await page.keyboard.press("Control+s");
  await saved(page, "Saved");
  expect(disk("a.py")).toBe("two = 2\none = 1\n");
});

test("who goes on in the terminal while a save by the button takes its time keeps the keyboard there", async () => {
  put("slow.py", "");
  const page = await world.visit();
  await openFile(page, "slow.py");
  await page.keyboard.type("x = 1");
  await saved(page, "Unsaved");
  const line = Promise.withResolvers<void>();
  await page.route("**/files/workspace/slow.py?raw", (route) => line.promise.then(() => route.continue()));
  await page.locator("[data-saved] .unsaved-button").click();
  await page.locator("[data-terminal]").click();
  line.resolve();
  await saved(page, "Saved");
  await page.keyboard.type("echo in-$((6*7))\n");
  await page.locator("[data-terminal] .xterm-rows", { hasText: "in-42" }).waitFor();
  expect(disk("slow.py")).toBe("x = 1");
});

test("an unsaved text outlives a reload, with its tab", async () => {
  put("draft.md", "# Title\n");
  const page = await world.visit();
  await openFile(page, "draft.md");
  await page.keyboard.type("kept ");
  await saved(page, "Unsaved");
  await page.reload();
  await saved(page, "Unsaved");
  await page.getByText("kept # Title").waitFor();
  expect(disk("draft.md")).toBe("# Title\n");
  await page.keyboard.press("F6");
  await page.locator('[role=tab][data-path="/workspace/draft.md"]').click();
  await page.keyboard.press("Control+s");
  await saved(page, "Saved");
  expect(disk("draft.md")).toBe("kept # Title\n");
});

test("a file that changes underneath is read again while nothing is typed in it", async () => {
  put("quiet.txt", "before\n");
  const page = await world.visit();
  await openFile(page, "quiet.txt");
  put("quiet.txt", "after\n");
  await page.locator(".view-line", { hasText: "after" }).waitFor();
  await saved(page, "Saved");
});

test("when both changed it, both versions are shown and either can be taken", async () => {
  for (const [deed, left] of [
    ["Keep mine", "mine theirs-0\n"],
    ["Take the disk’s", "theirs-1\n"],
  ] as const) {
    put("both.txt", "theirs-0\n");
    const page = await world.visit();
    await openFile(page, "both.txt");
    await page.keyboard.type("mine ");
    put("both.txt", "theirs-1\n");
    await page.locator("[data-conflict]", { hasText: "both.txt changed on disk" }).waitFor();
    await page.locator("[data-compare] .view-line", { hasText: "theirs-1" }).first().waitFor();
    await page.locator("[data-compare] .view-line", { hasText: "mine theirs-0" }).first().waitFor();
    await page.getByRole("button", { name: deed }).click();
    await page.locator("[data-conflict]").waitFor({ state: "hidden" });
    await saved(page, "Saved");
    expect(disk("both.txt")).toBe(left);
    await page.context().close();
  }
});

test("a save that another program overtook becomes the same conflict", async () => {
  put("race.txt", "0\n");
  const page = await world.visit();
  await openFile(page, "race.txt");
  await page.route("**/files/watch", (route) => route.abort());
  await page.keyboard.type("mine ");
  put("race.txt", "1\n");
  await page.keyboard.press("Control+s");
  await page.locator("[data-conflict]").waitFor();
  expect(disk("race.txt")).toBe("1\n");
});

test("without a line typing goes on, saving waits and happens by itself", async () => {
  put("line.txt", "");
  const page = await world.visit();
  await openFile(page, "line.txt");
  world.desk.away = true;
  world.desk.cut(1012);
  await page.locator('[data-lost="work"]').waitFor();
  await page.keyboard.type("typed while away");
  await page.keyboard.press("Control+s");
  await saved(page, "Saving waits");
  world.desk.away = false;
  await saved(page, "Saved");
  expect(disk("line.txt")).toBe("typed while away");
  await page.locator('[data-lost="work"]').waitFor({ state: "hidden" });
});

test("a file deleted underneath stays readable and can be saved again", async () => {
  put("gone.txt", "still here\n");
  const page = await world.visit();
  await openFile(page, "gone.txt");
  rmSync(`${world.desk.workspace}/gone.txt`);
  await page.locator("[data-conflict]", { hasText: "gone.txt was deleted on disk" }).waitFor();
  await page.getByRole("button", { name: "Save it again" }).click();
  await saved(page, "Saved");
  expect(disk("gone.txt")).toBe("still here\n");
});

test("closing an unsaved file asks first; Esc keeps it", async () => {
  put("ask.txt", "");
  const page = await world.visit();
  await openFile(page, "ask.txt");
  await page.keyboard.type("x");
  const tab = page.locator('[role=tab][data-path="/workspace/ask.txt"]');
  await tab.locator("[data-close]").click();
  await page.getByRole("heading", { name: "Close ask.txt without saving?" }).waitFor();
  await page.keyboard.press("Escape");
  await saved(page, "Unsaved");
  await tab.locator("[data-close]").click();
  await page.getByRole("button", { name: "Close without saving" }).click();
  await tab.waitFor({ state: "detached" });
  await page.getByText("No file is open.").waitFor();
});

test("what isn't text, or is larger than 5 MB, gets a sentence and a download", async () => {
  put("picture.bin", new Uint8Array([0, 1, 2, 3]));
  put("huge.txt", "x".repeat(5 * 1024 * 1024 + 1));
  const page = await world.visit();
  for (const [name, sentence] of [
    ["picture.bin", "picture.bin isn’t text."],
    ["huge.txt", "huge.txt is larger than 5 MB."],
  ] as const) {
    await row(page, name).click();
    await page.getByText(sentence).waitFor();
    const download = page.waitForEvent("download");
    await page.locator("[data-edit-note-download]").click();
    expect((await download).suggestedFilename()).toBe(name);
  }
});

test("the language comes from the name, and its worker finds mistakes", async () => {
  put("wrong.ts", "const a: number = ;\n");
  const page = await world.visit();
  await openFile(page, "wrong.ts");
  await page.locator(".squiggly-error").first().waitFor({ state: "attached" });
});

test("the editor's files come only when the first file is opened, and the page before is small", async () => {
  put("small.txt", "");
  const page = await world.visit();
  await row(page, "small.txt").waitFor();
  const sizes = () =>
    page.evaluate(() =>
      performance.getEntriesByType("resource").map((entry) => {
        const { name, transferSize } = entry as PerformanceResourceTiming;
        return { name, transferSize };
      }),
    );
  const before = await sizes();
  expect(before.filter(({ name }) => name.includes("monaco"))).toEqual([]);
  expect(before.reduce((sum, { transferSize }) => sum + transferSize, 0)).toBeLessThan(400_000);
  await openFile(page, "small.txt");
  await until("the editor", async () => (await sizes()).some(({ name }) => name.includes("monaco")));
});
