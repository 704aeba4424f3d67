import type { PreviewFeature } from "../contract/session.ts";

const SCREEN = ["Xtigervnc"];
const BROWSER = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
/** Its windows fill the screen, also when that changes its size. */
const MANAGER = ["matchbox-window-manager"];
const PACKAGES = "chromium tigervnc-standalone-server matchbox-window-manager";

/** Where programs are looked for: on the machine, or, for seats in containers, in the image they are made from, which has them. */
export type ProgramSource = { path: string | undefined } | "image";

export interface Programs {
  screen: string;
  manager: string;
  browser: string;
}

/** Where a seat's programs are; undefined when one is missing. Looked at anew each time: people install them while the agent runs. */
export function findPrograms(source: ProgramSource): Programs | undefined {
  if (source === "image") return { screen: "Xtigervnc", manager: "matchbox-window-manager", browser: "chromium" };
  const { path } = source;
  const screen = find(SCREEN, path);
  const manager = find(MANAGER, path);
  const browser = find(BROWSER, path);
  return screen && manager && browser ? { screen, manager, browser } : undefined;
}

/** For the page: whether a preview can be opened, or what is missing and how one gets it. */
export function previewFeature(source: ProgramSource): PreviewFeature {
  if (source === "image") return { available: true };
  const { path } = source;
  const wanted = { Chromium: BROWSER, Xtigervnc: SCREEN, "matchbox-window-manager": MANAGER };
  const missing = Object.entries(wanted).flatMap(([name, names]) => (find(names, path) ? [] : [name]));
  if (missing.length === 0) return { available: true };
  const are = missing.length > 1 ? "aren't" : "isn't";
  return {
    available: false,
    reason: `${new Intl.ListFormat("en").format(missing)} ${are} installed on this machine.`,
    fix: `sudo apt install ${PACKAGES}`,
  };
}

function find(names: readonly string[], path: string | undefined): string | undefined {
  const options = path === undefined ? {} : { PATH: path };
  return names.map((name) => Bun.which(name, options)).find((found) => found !== null) ?? undefined;
}
