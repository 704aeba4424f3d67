import type { PreviewFeature } from "../contract/session.ts";

const SCREEN = ["Xtigervnc"];
const BROWSER = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const PACKAGES = "chromium tigervnc-standalone-server";

/** Where programs are looked for: on the machine, or, for seats in containers, in the image they are made from, which has them. */
export type Place = { path: string | undefined } | "image";

export interface Programs {
  screen: string;
  browser: string;
}

/** Where a seat's programs are; undefined when one is missing. Looked at anew each time: people install them while the agent runs. */
export function findPrograms(place: Place): Programs | undefined {
  if (place === "image") return { screen: "Xtigervnc", browser: "chromium" };
  const { path } = place;
  const screen = find(SCREEN, path);
  const browser = find(BROWSER, path);
  return screen && browser ? { screen, browser } : undefined;
}

/** For the page: whether a preview can be opened, or what is missing and how one gets it. */
export function previewFeature(place: Place): PreviewFeature {
  if (place === "image") return { available: true };
  const { path } = place;
  const missing = [find(BROWSER, path) ? [] : ["Chromium"], find(SCREEN, path) ? [] : ["Xtigervnc"]].flat();
  if (missing.length === 0) return { available: true };
  const are = missing.length > 1 ? "aren't" : "isn't";
  return {
    available: false,
    reason: `${missing.join(" and ")} ${are} installed on this machine.`,
    fix: `sudo apt install ${PACKAGES}`,
  };
}

function find(names: readonly string[], path: string | undefined): string | undefined {
  const options = path === undefined ? {} : { PATH: path };
  return names.map((name) => Bun.which(name, options)).find((found) => found !== null) ?? undefined;
}
