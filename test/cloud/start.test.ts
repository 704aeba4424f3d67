/** `./scripts/start` with Google Cloud chosen, as the gateway's own VM runs it behind another https server. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeCredentials } from "../support/google-cloud/credentials.ts";
import { type GoogleCloud, startGoogleCloud } from "../support/google-cloud/google-cloud.ts";
import { googleSettings } from "../support/google-settings.ts";
import { until } from "../support/until.ts";
import { freePort } from "../support/world.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
/** One more wrong code of one address within a minute is refused. */
const ADDRESS_FAILURES = 120;

let google: GoogleCloud;
let home: string;
let url: string;
let child: Bun.Subprocess<"ignore", "pipe", "pipe">;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "ct-google-start-"));
  google = await startGoogleCloud({ project: "p1-classes", managedZones: { ws: "ws.example.com." }, token: "emu" });
  const port = String(await freePort());
  url = `http://127.0.0.1:${port}`;
  const env = {
    ...{ PATH: process.env.PATH ?? "", HOME: home, LANG: "C.UTF-8", PORT: port },
    ...googleSettings(google.port, "p1-classes", ["europe-west4-a"]),
    ...{ CLARATEACH_PROXIED: "yes", CLARATEACH_URL: "https://teach.example.org" },
    GOOGLE_APPLICATION_CREDENTIALS: await writeCredentials(home, google.port),
  };
  child = Bun.spawn(["./scripts/start"], { cwd: ROOT, env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  await until("it to serve", () =>
    fetch(`${url}/healthz`)
      .then(({ ok }) => ok)
      .catch(() => false),
  );
});
afterAll(async () => {
  child.kill("SIGKILL");
  await child.exited;
  await google.end();
  await rm(home, { recursive: true, force: true });
});

/** A wrong code, as the https server before the gateway hands it on. */
async function wrongCode(forwarded: string): Promise<number> {
  const headers = { "content-type": "application/json", "x-forwarded-for": forwarded };
  return (await fetch(`${url}/api/join`, { method: "POST", headers, body: '{"code":"LION-7K3M"}' })).status;
}

test("learners are told apart by the address that the https server before it adds; what they say themselves doesn't count", async () => {
  for (let i = 0; i < ADDRESS_FAILURES; i++) expect([i, await wrongCode(`198.51.100.${i}, 203.0.113.7`)]).toEqual([i, 404]);
  expect(await wrongCode("198.51.100.250, 203.0.113.7")).toBe(429);
  expect(await wrongCode("203.0.113.8")).toBe(404);
});

test("it fetches nothing for seats, which are elsewhere, and its end is no class's", async () => {
  child.kill("SIGINT");
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  expect(await child.exited).toBe(0);
  expect(out).toContain("ClaraTeach serves https://teach.example.org\n");
  expect(out).toEndWith("The gateway ended; running workshops go on, and the next start takes them up.\n");
  expect(out + err).not.toMatch(/tmux|chromium|claude-code/i);
});
