import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { until } from "../../../../support/until.ts";
import { type Browsing, browse, openFile, row } from "../../browse.ts";

let world: Browsing;
beforeAll(async () => {
  world = await browse();
});
afterAll(() => world.end());
afterEach(() => expect(world.errors()).toEqual([]));

const at = (name: string) => `${world.desk.workspace}/${name}`;

test("the tree follows what the shell does", async () => {
  const page = await world.visit();
  await page.locator('body[data-line="connected"]').waitFor();
  await page.locator("[data-terminal]").click();
  await page.keyboard.type("mkdir made && echo hello > made/by-shell.txt\n");
  await row(page, "made").click();
  await row(page, "made/by-shell.txt").waitFor();
  await page.locator("[data-terminal]").click();
  await page.keyboard.type("mv made/by-shell.txt made/moved.txt\n");
  await row(page, "made/moved.txt").waitFor();
  expect(await row(page, "made/by-shell.txt").count()).toBe(0);
  rmSync(at("made"), { recursive: true });
  await row(page, "made").waitFor({ state: "detached" });
});

test("what is made while the first listing is on a slow line's way is in the tree", async () => {
  const page = await world.visit();
  await page.route(
    "**/files?path=*",
    async (route) => {
      const response = await route.fetch();
      writeFileSync(at("meanwhile.txt"), "");
      await route.fulfill({ response });
    },
    { times: 1 },
  );
  await page.reload();
  await row(page, "meanwhile.txt").waitFor();
});

test("the keyboard walks the tree, opens, renames and deletes", async () => {
  mkdirSync(at("keys/inner"), { recursive: true });
  writeFileSync(at("keys/one.txt"), "1");
  const page = await world.visit();
  await row(page, "keys").focus();
  await page.keyboard.press("ArrowRight");
  await row(page, "keys/inner").waitFor();
  expect(await row(page, "keys").getAttribute("aria-expanded")).toBe("true");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  expect(await page.evaluate(() => document.activeElement?.getAttribute("data-path"))).toBe("/workspace/keys/one.txt");
  await page.keyboard.press("F2");
  await page.keyboard.type("two");
  await page.keyboard.press("Enter");
  await row(page, "keys/two.txt").waitFor();
  expect(existsSync(at("keys/one.txt"))).toBe(false);
  await page.keyboard.press("Delete");
  await page.getByRole("heading", { name: "Delete two.txt?" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { name: "Delete two.txt?" }).waitFor({ state: "hidden" });
  expect(existsSync(at("keys/two.txt"))).toBe(true);
  await row(page, "keys/two.txt").focus();
  await page.keyboard.press("Delete");
  await page.getByRole("button", { name: "Delete two.txt" }).click();
  await row(page, "keys/two.txt").waitFor({ state: "detached" });
  expect(existsSync(at("keys/two.txt"))).toBe(false);
  await row(page, "keys").focus();
  await page.keyboard.press("ArrowLeft");
  await row(page, "keys/inner").waitFor({ state: "detached" });
});

test("a new file is named in the list and opened; a name that is taken is refused there", async () => {
  writeFileSync(at("taken.txt"), "");
  const page = await world.visit();
  await row(page, "taken.txt").waitFor();
  await page.getByRole("button", { name: "New file" }).first().click();
  await page.keyboard.type("taken.txt");
  await page.keyboard.press("Enter");
  expect(await page.locator(".naming input:invalid").count()).toBe(1);
  await page.locator(".naming input").fill("fresh.py");
  await page.keyboard.press("Enter");
  await page.locator('[role=tab][data-path="/workspace/fresh.py"][aria-selected=true]').waitFor();
  expect(readFileSync(at("fresh.py"), "utf8")).toBe("");
});

test("an open file follows its renaming, and closes with its deletion", async () => {
  writeFileSync(at("open.txt"), "text");
  const page = await world.visit();
  await openFile(page, "open.txt");
  await row(page, "open.txt").focus();
  await page.keyboard.press("F2");
  await page.locator(".naming input").fill("renamed.txt");
  await page.keyboard.press("Enter");
  await page.locator('[role=tab][data-path="/workspace/renamed.txt"]').waitFor();
  await row(page, "renamed.txt").focus();
  await page.keyboard.press("Delete");
  await page.getByRole("button", { name: "Delete renamed.txt" }).click();
  await page.getByText("No file is open.").waitFor();
});

test("files are uploaded by the button and by dropping, into the folder under the pointer", async () => {
  mkdirSync(at("into"));
  const page = await world.visit();
  await row(page, "into").waitFor();
  await page
    .locator("[data-upload-input]")
    .setInputFiles({ name: "sent.txt", mimeType: "text/plain", buffer: Buffer.from("sent") });
  await row(page, "sent.txt").waitFor();
  expect(readFileSync(at("sent.txt"), "utf8")).toBe("sent");
  const dropped = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["dropped"], "dropped.txt"));
    return transfer;
  });
  await row(page, "into").dispatchEvent("drop", { dataTransfer: dropped });
  await until("the dropped file", () => existsSync(at("into/dropped.txt")));
  await page.getByText("into/dropped.txt is uploaded.").waitFor();
});

test("an upload asks before it replaces", async () => {
  writeFileSync(at("mine.txt"), "old");
  const page = await world.visit();
  await row(page, "mine.txt").waitFor();
  const send = (text: string) =>
    page.locator("[data-upload-input]").setInputFiles({ name: "mine.txt", mimeType: "text/plain", buffer: Buffer.from(text) });
  await send("new");
  await page.getByRole("button", { name: "Keep what is there" }).click();
  expect(readFileSync(at("mine.txt"), "utf8")).toBe("old");
  await send("new");
  await page.getByRole("button", { name: "Replace mine.txt" }).click();
  await until("the new content", () => readFileSync(at("mine.txt"), "utf8") === "new");
});

test("one file and the whole work can be downloaded", async () => {
  writeFileSync(at("down.txt"), "down");
  const page = await world.visit();
  await row(page, "down.txt").click({ button: "right" });
  const one = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: "Download" }).click();
  expect((await one).suggestedFilename()).toBe("down.txt");
  const all = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download all my work" }).click();
  expect((await all).suggestedFilename()).toEndWith(".zip");
});
