/** A class of whose seats one can't be made at first, with a real gateway and agent. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { definitionFiles, packZip } from "../support/definition.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

const programs = mkdtempSync(join(tmpdir(), "ct-programs-"));
const broken = join(programs, "broken");

let world: World;
beforeAll(async () => {
  // A tmux that has no room for one seat, as long as a file says so.
  const script = `#!/bin/sh\ncase "$*" in */02/tmux.sock*) [ -e ${broken} ] && { echo "no room for seat 02" >&2; exit 1; } ;; esac\nexec ${Bun.which("tmux")} "$@"\n`;
  writeFileSync(join(programs, "tmux"), script);
  chmodSync(join(programs, "tmux"), 0o755);
  writeFileSync(broken, "");
  world = await startWorld({ PATH: `${programs}:${process.env.PATH}` });
});
afterAll(async () => {
  await world?.end();
  rmSync(programs, { recursive: true, force: true });
});

const page = async (path: string) =>
  (await fetch(world.url + path, { headers: { authorization: `Bearer ${world.apiToken}` } })).text();
const statusOf = async (id: string) => (await world.api(`/api/workshops/${id}`)).body;

test("the class runs without the seat that failed, the page says which and why, and whoever waits gets it once it healed", async () => {
  const wish = { name: "Late", seats: 3, apiKey: "sk-ant-0123456789" };
  const { workshopId: id, code } = (await world.api("/api/workshops", { method: "POST", json: wish })).body;
  await world.api(`/api/workshops/${id}/start`, { method: "POST" });
  const view = await until("it runs", async () => {
    const body = await statusOf(id);
    return body.status === "running" && body;
  });
  expect(view.progress).toMatchObject({ ready: 2, total: 3 });
  expect(await page(`/workshops/${id}`)).toContain("<strong>Seat 02 could not be made.</strong>");
  const join = () => world.api("/api/join", { method: "POST", json: { code }, anonymous: true });
  expect([(await join()).body.seat, (await join()).body.seat]).toEqual([1, 3]);
  const third = await join();
  expect([third.status, third.body.error.code, third.headers.get("retry-after")]).toEqual([409, "NO_SEATS", "5"]);
  expect(third.body.error.message).toContain("others are still being made");
  const body = new URLSearchParams({ mode: "enter", code });
  const early = await fetch(`${world.url}/join`, { method: "POST", body, headers: { origin: world.url }, redirect: "manual" });
  expect(early.headers.get("location")).toStartWith("/join/waiting?");
  expect(await page(early.headers.get("location") ?? "")).toContain("Your seat is still being made");
  rmSync(broken);
  const entered = await until("the seat that healed", async () => {
    const answer = await join();
    return answer.status === 200 && answer.body;
  });
  expect(entered.seat).toBe(2);
  expect(await page(`/workshops/${id}`)).not.toContain("could not be made");
  expect((await world.api(`/api/workshops/${id}/stop`, { method: "POST" })).body).toEqual({ status: "stopped" });
});

test("SDKs of one's own are refused where seats are plain processes, before anything is made, with what to do instead", async () => {
  const form = new FormData();
  for (const [name, value] of Object.entries({ name: "Own", seats: "2", apiKey: "sk-ant-0123456789" })) form.append(name, value);
  form.append("definition", new File([await packZip(definitionFiles())], "class.zip"));
  const { workshops } = (await world.api("/api/workshops")).body;
  const { status, body } = await world.api("/api/workshops", { method: "POST", body: form });
  expect([status, body.error.code]).toEqual([400, "INVALID_INPUT"]);
  expect(body.error.message).toMatch(
    /^This definition has project-notes\. Seats are plain processes on this computer, .* Take the definition “claude”/,
  );
  expect((await world.api("/api/workshops")).body.workshops).toHaveLength(workshops.length);
});
