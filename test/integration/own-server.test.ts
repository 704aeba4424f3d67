/** One's own server with a public name: certificates from an authority on loopback, everything by https and host name. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { type AgentPid, processStart } from "../../agent/contract/running.ts";
import { launchChromium } from "../support/browser.ts";
import { openDesk, screenText, typeLine } from "../support/desk-page.ts";
import { processesOf } from "../support/leftovers.ts";
import { DOMAIN } from "../support/public-door.ts";
import { type PublicWorld, startPublicWorld } from "../support/public-world.ts";
import { until } from "../support/until.ts";

let world: PublicWorld;
let browser: Browser;
/** An authority that gives nobody anything, asked first. */
let miser: { url: string; asked: number; stop(): void };

beforeAll(async () => {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => {
      miser.asked++;
      return Response.json({ type: "urn:ietf:params:acme:error:rateLimited", detail: "too many today" }, { status: 429 });
    },
  });
  miser = { url: `http://127.0.0.1:${server.port}/dir`, asked: 0, stop: () => void server.stop(true) };
  world = await startPublicWorld({ before: [miser.url] });
  browser = await launchChromium({
    args: ["--disable-3d-apis", "--host-resolver-rules=MAP *.test 127.0.0.1", "--ignore-certificate-errors"],
  });
});
afterAll(async () => {
  await browser?.close();
  await world?.end();
  miser.stop();
});

const frontPid = () => JSON.parse(readFileSync(join(world.data, "front", "agent.pid"), "utf8")) as AgentPid;

/** kill -9, and another one has the doors. */
async function killFront(): Promise<void> {
  const { pid } = frontPid();
  process.kill(pid, "SIGKILL");
  await until(
    "another front",
    async () => frontPid().pid !== pid && (await world.ask(DOMAIN, "/healthz").catch(() => undefined))?.ok,
  );
}

test("the domain's certificate came from the second authority, since the first refused; http sends to https", async () => {
  expect(miser.asked).toBeGreaterThan(0);
  expect((await world.ask(DOMAIN, "/healthz")).status).toBe(200);
  const moved = await fetch(`http://127.0.0.1:${world.httpPort}/join`, { redirect: "manual", headers: { host: DOMAIN } });
  expect([moved.status, moved.headers.get("location")]).toEqual([308, `https://${DOMAIN}:${world.httpsPort}/join`]);
  // What is written for the front is for a group too, which a service gives these directories; here nobody else gets as far.
  const room = join(world.data, "certificates");
  for (const each of [room, join(world.data, "front")]) expect([each, statSync(each).mode & 0o777]).toEqual([each, 0o700]);
  for (const name of readdirSync(room))
    expect([name, statSync(join(room, name)).mode & 0o777]).toEqual([name, name.endsWith(".pem") ? 0o640 : 0o600]);
});

test("a class by https: its machine has its own name and certificate, cookies are for https alone, its end forgets it", async () => {
  const { id, code, endpoint, url } = await world.workshop();
  const host = `${id}.${DOMAIN}`;
  expect([endpoint, url]).toEqual([`${host}:${world.httpsPort}`, `https://${host}:${world.httpsPort}`]);
  const joined = await world.join(code);
  expect([joined.endpoint, joined.url]).toEqual([endpoint, `${url}/?token=${joined.token}`]);
  const entry = await world.ask(host, `/?token=${joined.token}`, { anonymous: true });
  expect(entry.status).toBe(303);
  expect(entry.headers.get("set-cookie")).toMatch(/^ct_ws-.*HttpOnly; SameSite=Lax; Secure$/);
  const cookie = entry.headers.get("set-cookie")?.split(";")[0] ?? "";
  const page = await world.ask(host, "/vm/01/", { anonymous: true, headers: { cookie } });
  expect([page.status, (await page.text()).slice(0, 15)]).toEqual([200, "<!doctype html>"]);
  const terminal = await world.terminal(joined);
  await terminal.run("echo $((6*7))", "42");
  const journal = new Database(join(world.data, "gateway.sqlite"), { readonly: true });
  expect(journal.query("select summary, state from journal where key = 'certificate-1'").all()).toContainEqual({
    summary: `Get a certificate for ${host}`,
    state: "done",
  });
  journal.close();
  expect((await world.ask(`${id}-2.${DOMAIN}`, "/").catch(() => ({ status: "no certificate" }))).status).not.toBe(200);

  const stopped = await world.ask(DOMAIN, `/api/workshops/${id}/stop`, { method: "POST" });
  expect((await stopped.json()).status).toBe("stopped");
  expect((await terminal.closed).code).toBe(4001);
  expect(existsSync(join(world.data, "certificates", `${host}.pem`))).toBe(false);
  expect(readFileSync(join(world.data, "front", "front.json"), "utf8")).not.toContain(id);
});

test("of a class on two machines each has its name and its certificate; seat 11 is reached by the second's", async () => {
  const { id, code } = await world.workshop(11);
  const host = `${id}-2.${DOMAIN}`;
  let joined = await world.join(code);
  while (joined.seat < 11) joined = await world.join(code);
  expect([joined.seat, joined.endpoint]).toEqual([11, `${host}:${world.httpsPort}`]);
  const terminal = await world.terminal(joined);
  await terminal.run("echo $((6*7))", "42");
  expect((await world.ask(`${id}.${DOMAIN}`, "/")).status).not.toBe(421);
  await world.ask(DOMAIN, `/api/workshops/${id}/stop`, { method: "POST" });
  expect((await terminal.closed).code).toBe(4001);
  expect(existsSync(join(world.data, "certificates", `${host}.pem`))).toBe(false);
});

test("in a browser: an instructor signs in, a learner joins, types, and comes back when the front was killed", async () => {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const portal = await context.newPage();
  await portal.goto(/https:\S+\/sign-in#\S+/.exec(world.output())?.[0] ?? "");
  await portal
    .getByRole("heading", { name: "Workshops" })
    .or(portal.getByRole("heading", { name: "No workshop yet" }))
    .first()
    .waitFor();
  expect((await context.cookies()).find(({ name }) => name === "__Host-ct_session")).toMatchObject({
    secure: true,
    httpOnly: true,
  });

  const { id, code } = await world.workshop();
  await portal.goto(`https://${DOMAIN}:${world.httpsPort}/workshops/${id}`);
  const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
  await page.goto(`https://${DOMAIN}:${world.httpsPort}/join`);
  await page.getByLabel("Workshop code").fill(code);
  await page.getByLabel("Your name").fill("Mira Okafor");
  await page.getByRole("button", { name: "Join", exact: true }).click();
  await openDesk(page);
  expect(page.url()).toBe(`https://${id}.${DOMAIN}:${world.httpsPort}/vm/01/`);
  await page.getByRole("button", { name: "Got it" }).click();
  await typeLine(page, "KEPT=yes; echo is-$KEPT");
  await until("the echo", async () => (await screenText(page)).includes("is-yes"));
  // By SSE through the front.
  await portal.locator("tr", { hasText: "Mira Okafor" }).getByText("Connected", { exact: true }).waitFor();

  await killFront();
  await until("the shell", async () => {
    await typeLine(page, "echo still-$KEPT");
    return (await screenText(page)).includes("still-yes");
  });

  // The machine's name is served no more; loading it again leads to the page that tells of the end.
  await world.ask(DOMAIN, `/api/workshops/${id}/stop`, { method: "POST" });
  await page.getByRole("heading", { name: "Workshop ended", exact: true }).waitFor();
  await page.reload();
  await page.waitForURL(`https://${DOMAIN}:${world.httpsPort}/join/ended`);
  await page.getByRole("heading", { name: "This workshop ended" }).waitFor();
  await page.context().close();
  await context.close();
});

test("a gateway that starts again, politely or not, cuts no terminal", async () => {
  const { code } = await world.workshop(1);
  const terminal = await world.terminal(await world.join(code));
  const [pid, before] = [frontPid().pid, terminal.messages().length];
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    world.gateway().kill(signal);
    await world.gateway().exited;
    await terminal.run(`echo without-${signal}`, `without-${signal}`);
    const away = await world.ask(DOMAIN, "/healthz");
    expect([away.status, away.headers.get("retry-after")]).toEqual([503, "2"]);
    await world.launch();
    await terminal.run(`echo with-${signal}`, `with-${signal}`);
  }
  expect(frontPid().pid).toBe(pid);
  expect(processStart(pid)).toBe(frontPid().start);
  expect(terminal.messages().length).toBeGreaterThan(before);
  terminal.close();
});

test("after a reboot the workshop is back at its address, files and all", async () => {
  const { id, code } = await world.workshop(1);
  const joined = await world.join(code);
  const before = await world.terminal(joined);
  await before.run("echo kept > note; sync; cat note", "kept");
  const { agents, seats } = processesOf(`clarateach-${id}`);
  expect([agents.length, seats.length > 0]).toEqual([1, true]);
  world.gateway().kill("SIGKILL");
  for (const pid of [frontPid().pid, ...agents, ...seats]) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // A shell ends with its tmux server.
    }
  }
  await world.gateway().exited;
  await before.closed;
  await world.launch();
  const again = await until("the seat", () =>
    world.terminal(joined).then(
      (terminal) => terminal,
      () => undefined,
    ),
  );
  await again.run("cat note", "kept");
  again.close();
});

test("a certificate that comes while others work cuts nobody", async () => {
  const { code } = await world.workshop(1);
  const terminal = await world.terminal(await world.join(code));
  const other = await world.workshop(1);
  await (await world.terminal(await world.join(other.code))).run("echo other", "other");
  await terminal.run("echo one", "one");
  await world.ask(DOMAIN, `/api/workshops/${other.id}/stop`, { method: "POST" });
  await terminal.run("echo two", "two");
  terminal.close();
});

test("a client can't say where it comes from: wrong codes are counted by the connection's address", async () => {
  const tried: number[] = [];
  for (let i = 0; i < 130; i++) {
    const headers = { "x-forwarded-for": `203.0.113.${i}`, "x-real-ip": `203.0.113.${i}` };
    const answer = await world.ask(DOMAIN, "/api/join", {
      method: "POST",
      json: { code: "NOPE-0000" },
      anonymous: true,
      headers,
    });
    tried.push(answer.status);
  }
  expect(tried.slice(0, 100).every((status) => status === 404)).toBe(true);
  expect(tried.at(-1)).toBe(429);
});

test("names that aren't ours get a sentence", async () => {
  const strange = await fetch(`https://127.0.0.1:${world.httpsPort}/`, {
    headers: { host: "evil.test" },
    tls: { ca: world.pebble.root, serverName: DOMAIN },
    keepalive: false,
  } as RequestInit);
  expect([strange.status, (await strange.json()).error.message]).toEqual([
    421,
    expect.stringContaining("There is no “evil.test” here"),
  ]);
});
