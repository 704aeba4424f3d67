import axe from "axe-core";
import type { Page } from "playwright-core";

/** What axe-core finds on a page as it stands, in the colours of each scheme: rule, element, and what is wrong. */
export async function axeFindings(page: Page, schemes: readonly ("light" | "dark")[] = ["light", "dark"]): Promise<string[]> {
  const found: string[] = [];
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  for (const [i, colorScheme] of schemes.entries()) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    found.push(...(await page.evaluate(violations, i > 0)).map((what) => `${colorScheme}: ${what}`));
  }
  return found;
}

/** Runs in the page. Between two schemes only colours differ. */
async function violations(onlyColours: boolean): Promise<string[]> {
  const { axe } = window as unknown as { axe: typeof import("axe-core") };
  // What is on its way to its colour is there; what turns for ever can't be finished.
  for (const animation of document.getAnimations()) if (animation.effect?.getTiming().iterations === 1) animation.finish();
  const rules = onlyColours ? { runOnly: ["color-contrast"] } : {};
  const { violations } = await axe.run(document, { resultTypes: ["violations"], ...rules });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id} ${html} ${failureSummary}`));
}
