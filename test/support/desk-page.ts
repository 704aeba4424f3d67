import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { until } from "./until.ts";

/** A learner's page once its shell shows a prompt. */
export interface Desk {
  page: Page;
  odehash(): Promise<string>;
  /** A row of the file tree. */
  row(name: string): Locator;
  /** Opens a file in the editor. */
  open(name: string): Promise<void>;
}

export async function openDesk(page: Page): Promise<Desk> {
  try {
    await page.waitForURL(/\/vm\/\d\d\/$/);
    await until("a prompt", async () => /[$] ?$/m.test(await screenText(page)));
  } catch (error) {
    const shown = await page.locator("body").innerText();
    throw new Error(`no prompt at ${page.url()}, which shows: ${shown}`, { cause: error });
  }
  const row = (name: string) => page.locator("[data-tree] [role=treeitem]", { hasText: name });
  return {
    page,
    row,
    odehash: () => page.locator("[data-odehash]").first().innerText(),
    open: async (name) => {
      await row(name).first().click();
      await page.locator(".monaco-editor .view-line").first().waitFor();
    },
  };
}

/** By the page, as she types it. @param origin of the gateway */
export async function comeBack(page: Page, origin: string, { code, odehash }: { code: string; odehash: string }): Promise<Desk> {
  await page.goto(`${origin}/join?reconnect`);
  await page.getByLabel("Workshop code").fill(code);
  await page.getByLabel("Your reconnect code").fill(odehash);
  await page.getByRole("button", { name: "Back to my seat" }).click();
  return openDesk(page);
}

/** The seat's own browser, driven as a script in her shell would; whoever has it hangs up. */
export async function seatBrowser({ page }: Desk): Promise<Browser> {
  await typeLine(page, "clear; echo $CLARATEACH_CDP_URL-");
  const address = () => screenText(page).then((text) => /^(http:\S+)-$/m.exec(text)?.[1]);
  return chromium.connectOverCDP(await until("where her browser is driven", address));
}

/** What the terminal shows, line by line: tests' Chromium has no WebGL, so xterm draws rows of text. */
export async function screenText(page: Page): Promise<string> {
  return page.evaluate(() =>
    [...document.querySelectorAll("[data-terminal] .xterm-rows > div")].map((row) => row.textContent?.trimEnd() ?? "").join("\n"),
  );
}

export async function typeLine(page: Page, line: string): Promise<void> {
  await page.locator("[data-terminal] textarea").first().focus();
  await page.keyboard.type(line);
  await page.keyboard.press("Enter");
}
