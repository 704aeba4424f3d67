import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, LaunchOptions } from "playwright-core";
import { launchChromium, NO_WEBGL } from "./browser.ts";
import { sh } from "./sh.ts";

/** Somebody's browser at another computer: it believes one more authority, and finds one public name here. */
export interface TrustingBrowser {
  browser: Browser;
  close(): Promise<void>;
}

/**
 * Certificates are judged as always: of another name, by another authority or of another time they are refused.
 * @param root PEM
 * @param host `ws-abc123.ws.example.com`; names below it, too
 * @param httpsPort where it is instead of port 443 of its address
 */
export function trustingBrowser(root: string, host: string, httpsPort: number): Promise<TrustingBrowser> {
  const rules = [host, `*.${host}`].map((name) => `MAP ${name}:443 127.0.0.1:${httpsPort}`).join(",");
  return browserThatTrusts([root], { args: [NO_WEBGL, `--host-resolver-rules=${rules}`] });
}

/** @param roots PEM  @param options as of `launchChromium` */
export async function browserThatTrusts(roots: readonly string[], options: LaunchOptions): Promise<TrustingBrowser> {
  const home = await mkdtemp(join(tmpdir(), "ct-home-"));
  await trust(home, roots);
  const browser = await launchChromium({ ...options, env: { ...(process.env as Record<string, string>), HOME: home } });
  return {
    browser,
    close: async () => {
      await browser.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Where Chromium looks on Linux. */
async function trust(home: string, roots: readonly string[]): Promise<void> {
  const store = join(home, ".pki", "nssdb");
  await mkdir(store, { recursive: true });
  await certutil(store, "-N", "--empty-password");
  for (const [i, root] of roots.entries()) {
    const file = join(home, `root-${i}.pem`);
    await writeFile(file, root);
    await certutil(store, "-A", "-n", `root-${i}`, "-t", "C,,", "-i", file);
  }
}

async function certutil(store: string, ...args: string[]): Promise<void> {
  const { code, err } = await sh("certutil", "-d", `sql:${store}`, ...args);
  if (code !== 0) throw new Error(`certutil ${args[0]} ended with ${code}: ${err}`);
}
