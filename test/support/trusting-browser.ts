import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { launchChromium, NO_WEBGL } from "./browser.ts";

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
export async function trustingBrowser(root: string, host: string, httpsPort: number): Promise<TrustingBrowser> {
  const home = await mkdtemp(join(tmpdir(), "ct-home-"));
  await trust(home, root);
  const rules = [host, `*.${host}`].map((name) => `MAP ${name}:443 127.0.0.1:${httpsPort}`).join(",");
  const browser = await launchChromium({
    args: [NO_WEBGL, `--host-resolver-rules=${rules}`],
    env: { ...(process.env as Record<string, string>), HOME: home },
  });
  return {
    browser,
    close: async () => {
      await browser.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Where Chromium looks on Linux. */
async function trust(home: string, root: string): Promise<void> {
  const [store, file] = [join(home, ".pki", "nssdb"), join(home, "root.pem")];
  await mkdir(store, { recursive: true });
  await writeFile(file, root);
  for (const args of [
    ["-N", "--empty-password"],
    ["-A", "-n", "pebble", "-t", "C,,", "-i", file],
  ]) {
    const { exitCode, stderr } = Bun.spawnSync(["certutil", "-d", `sql:${store}`, ...args]);
    if (exitCode !== 0) throw new Error(`certutil ${args[0]} ended with ${exitCode}: ${stderr}`);
  }
}
