import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeCredentials } from "../../support/google-cloud/credentials.ts";
import { startGoogleCloud } from "../../support/google-cloud/google-cloud.ts";
import { ZONES } from "./settings.ts";

/** With compute's types as they come it holds 211 MB, pruned 102 to 115 here (120 are aimed at); allocators differ from one computer to another. */
const PRUNED_MB = 160;

test("a gateway with the Google provider loaded holds no types that it has no use for, with credentials found as everywhere", async () => {
  const google = await startGoogleCloud({ zones: [...ZONES], managedZones: { ws: "ws.example.com." }, token: "emu" });
  const home = await mkdtemp(join(tmpdir(), "ct-google-gateway-"));
  const credentials = await writeCredentials(home, google.port);
  // At the first start of a version Bun reads all sources anew, and keeps what it made of them for the next one.
  const first = await resident(home, google.port, credentials, 0);
  const usual = await resident(home, google.port, credentials, 20);
  console.log(`MB resident: first start ${first.open}, then ${usual.open}, after twenty machines ${usual.worked}`);
  expect(Math.max(first.open, usual.open)).toBeLessThan(PRUNED_MB);
  await google.end();
  await rm(home, { recursive: true });
});

async function resident(
  home: string,
  port: number,
  credentials: string,
  machines: number,
): Promise<{ open: number; worked: number }> {
  const data = await mkdtemp(join(home, "data-"));
  const program = new URL("gateway-program.ts", import.meta.url).pathname;
  const child = Bun.spawn([process.execPath, program, String(port), data, String(machines)], {
    env: {
      PATH: process.env.PATH ?? "",
      HOME: home,
      METADATA_SERVER_DETECTION: "none",
      GOOGLE_APPLICATION_CREDENTIALS: credentials,
    },
    stdout: "pipe",
    stderr: "inherit",
  });
  const printed = await new Response(child.stdout).text();
  expect(await child.exited).toBe(0);
  return JSON.parse(printed);
}
