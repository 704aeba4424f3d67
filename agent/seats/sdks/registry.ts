import { Problem } from "../../contract/errors.ts";
import type { PinnedPackage } from "../../definition/content.ts";

const NPM = "https://registry.npmjs.org";

/**
 * Where packages are fetched: `CLARATEACH_NPM_REGISTRY`, a mirror where npm's own can't be reached. What comes has the digests that we
 * know, wherever it comes from.
 * @returns without a slash at its end @throws Problem for what is no https address (http on loopback alone)
 */
export function registryOf(setting: string | undefined): string {
  const url = URL.parse(setting || NPM);
  const local = url?.protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (!url || !(url.protocol === "https:" || local) || url.username || url.password || url.search || url.hash)
    throw new Problem(
      "INVALID_INPUT",
      `CLARATEACH_NPM_REGISTRY is "${setting}"; set it to the https address of an npm registry, without names or passwords.`,
    );
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

/** `…/@playwright/mcp/-/mcp-0.0.83.tgz` */
export const tarballOf = (registry: string, { name, version }: PinnedPackage): string =>
  `${registry}/${name}/-/${name.slice(name.lastIndexOf("/") + 1)}-${version}.tgz`;
