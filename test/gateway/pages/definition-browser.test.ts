import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { launchChromium } from "../../support/browser.ts";
import { type Pages, startPages } from "../../support/pages.ts";
import { paperWorkshop, SESSION } from "../../support/paper-services.ts";

let browser: Browser;
let pages: Pages;
beforeAll(async () => {
  [browser, pages] = await Promise.all([launchChromium(), startPages()]);
});
afterAll(async () => {
  await browser.close();
  await pages.end();
});

test("a definition is looked at while it is typed, leads to its problem's place, keeps what was typed, and is saved", async () => {
  pages.workshops.set("ws-k4m9p2", paperWorkshop());
  const context = await browser.newContext();
  const [name = "", value = ""] = SESSION.split("=");
  await context.addCookies([{ name, value, url: pages.url }]);
  const page = await context.newPage();
  await page.goto(`${pages.url}/workshops/ws-k4m9p2`);
  await page.goto(`${pages.url}/workshops/ws-k4m9p2/definition`);
  const text = page.getByLabel("workshop.yaml", { exact: true });
  const wrong = "name: notes\nbase: debian@12\nsdks:\n  - name: pyhton\n";
  await text.fill(wrong);
  await page.getByRole("link", { name: "Line 4" }).click();
  expect(await text.evaluate((area: HTMLTextAreaElement) => area.value.slice(area.selectionStart, area.selectionEnd))).toBe(
    "pyhton",
  );
  await page.getByRole("button", { name: "Save the definition" }).click();
  await page.getByText("Nothing was changed.").waitFor();
  expect(await text.inputValue()).toBe(wrong.trimEnd());
  expect(pages.definition.digest).toBe("a".repeat(64));
  await text.fill(wrong.replace("pyhton", "python"));
  await page.getByText("“notes” is fine.").waitFor();
  await page.getByRole("button", { name: "Save the definition" }).click();
  await page.getByText("The definition is saved.").waitFor();
  expect(pages.definition.text).toContain("name: python");
  // What it is by now is what is edited next.
  expect(await page.locator('input[name="from"]').inputValue()).toBe(pages.definition.digest);
  expect(await text.inputValue()).toBe(pages.definition.text);
  await context.close();
});
