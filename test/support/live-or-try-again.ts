import type { Page } from "playwright-core";

/** What the preview says of how it is shown, where it says it. */
export async function how(page: Page): Promise<string> {
  const line = page.locator("[data-preview-how]");
  return (await line.isVisible()) ? await line.innerText() : "";
}

/**
 * Whether it is live video. A computer with much else to do may take longer for its first picture than a network is given: then it is tried
 * again, as after a pause.
 */
export async function liveOrTryAgain(page: Page): Promise<boolean> {
  const said = await how(page);
  const isGivenUp = said.startsWith("Pictures") && !said.endsWith("is being tried.");
  if (isGivenUp) await page.evaluate(() => dispatchEvent(new Event("online")));
  return said === "Live video.";
}
