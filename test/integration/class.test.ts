/** A class as the gateway sees it, with real agents: progress, roster, a freed seat, the agreed end, Ctrl-C. */

import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join as path } from "node:path";
import { digestOf } from "../../gateway/people/digest.ts";
import type { WorkshopView } from "../../views/workshop.ts";
import { API_TOKEN, type Desk, KEY, openDesk } from "../gateway/support.ts";
import { join } from "../support/learner.ts";
import { leftOf, processesOf } from "../support/leftovers.ts";
import { clashingTar } from "../support/starter.ts";
import { until } from "../support/until.ts";
import { runningWorkshop, startWorld, type World } from "../support/world.ts";

const agent = path(import.meta.dir, "..", "..", "dist", "clarateach-agent");

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.end());

test("the page of a workshop sees its seats come up, its learners come and go, and its end, without asking", async () => {
  const desk: Desk = await openDesk([agent]);
  const { workshops } = desk.gateway.services;
  const { id, code } = await workshops.create("local", { name: "Watched", seats: 3, apiKey: KEY });
  const over = new AbortController();
  const views: WorkshopView[] = [];
  const watching = (async () => {
    for await (const view of workshops.watch("local", id, over.signal)) views.push(view);
  })();
  const sees = (what: string, is: (view: WorkshopView) => boolean) =>
    until(what, () => views.at(-1) && is(views.at(-1) as WorkshopView));
  await workshops.start("local", id);
  await sees("running", ({ state, progress }) => state === "running" && progress.ready === 3);
  // A start that takes less than the page's rhythm is seen done, never under way.
  expect(views.map(({ state }) => state)).toEqual(expect.arrayContaining(["created", "running"]));
  const steps = views.at(-1)?.steps ?? [];
  expect(steps.map(({ summary, is }) => [summary, is])).toEqual([
    ["Unseal the API key", "done"],
    ["Start the machine", "done"],
    ["Make seats 01 to 03", "done"],
  ]);
  for (const { startedAt, endedAt } of steps)
    expect(Date.parse(endedAt ?? "")).toBeGreaterThanOrEqual(Date.parse(startedAt ?? ""));
  expect(views.at(-1)?.isolation).toBe("none");

  const entered = await desk.gateway.services.seating.enter({ code, name: "Mira" }, { address: "127.0.0.1" });
  await sees("Mira assigned", ({ learners }) => learners[0]?.session === "assigned");
  const socket = new WebSocket(`ws://${entered.endpoint}/vm/01/terminal`, {
    headers: { authorization: `Bearer ${entered.token}` },
  } as never);
  await sees("Mira connected", ({ learners }) => learners[0]?.session === "connected" && learners[0].viewers === 1);
  socket.close();
  await sees("Mira disconnected", ({ learners }) => learners[0]?.session === "disconnected");
  await desk.gateway.services.seating.enter({ code, odehash: entered.odehash }, { address: "127.0.0.1" });
  await sees("Mira assigned again", ({ learners }) => learners[0]?.session === "assigned");

  expect(await workshops.stop("local", id)).toBe("stopped");
  await sees("stopped", ({ state, receipt }) => state === "stopped" && receipt !== undefined);
  expect(views.at(-1)?.learners[0]).toMatchObject({ session: "expired", why: "ended" });
  expect(views.at(-1)?.steps.every(({ is }) => is === "done")).toBe(true);
  expect(views.at(-1)?.receipt).toMatchObject({ removed: { machines: 1, secrets: 1 }, learners: 1 });
  expect(views.at(-1)?.receipt?.removed.processes).toBeGreaterThanOrEqual(3);
  expect(leftOf(desk.data, id)).toEqual([]);
  over.abort();
  await watching;
  await desk.end();
});

test("a freed seat is empty for the next learner, and the one before is cut off", async () => {
  const { id, code } = await runningWorkshop(world, { seats: 1 });
  const old = await join(world, { code, name: "Noor" });
  const saved = await old.get("/files/workspace/secret.txt", { method: "PUT", body: JSON.stringify({ content: "mine" }) });
  expect(saved.status).toBe(200);
  const terminal = await old.terminal();
  expect((await world.api(`/api/workshops/${id}/seats/1/free`, { method: "POST" })).status).toBe(204);
  expect((await terminal.closed).code).toBe(4003);
  const next = await until("the seat to be offered again", () => join(world, { code, name: "Sam" }).catch(() => undefined));
  expect(next.seat).toBe(1);
  const { body } = await next.get("/files/workspace");
  expect(JSON.stringify(body)).not.toContain("secret.txt");
  expect((await old.get("/session")).status).toBe(401);
  await world.api(`/api/workshops/${id}/stop`, { method: "POST" });
});

test("at the agreed end it stops by itself and keeps everyone's work", async () => {
  const { id, code } = await runningWorkshop(world, { seats: 1 });
  const learner = await join(world, { code, name: "Wei Chen" });
  await learner.get("/files/workspace/main.py", { method: "PUT", body: JSON.stringify({ content: "print(1)" }) });
  const db = new Database(path(world.data, "gateway.sqlite"));
  db.query("update workshops set ends_at = ? where id = ?").run(new Date().toISOString(), id);
  db.close();
  const stopped = await until("the workshop to stop", async () => {
    const { body } = await world.api(`/api/workshops/${id}`);
    return body.status === "stopped" && body.receipt && body;
  });
  expect(stopped.archive).toMatchObject({ folders: 1, bytes: expect.any(Number) });
  const kept = (Date.parse(stopped.archive.keptUntil) - Date.parse(stopped.archive.madeAt)) / 86_400_000;
  expect(kept).toBeWithin(6.99, 7.01);
  const file = path(world.data, "archive.zip");
  await Bun.write(
    file,
    await fetch(`${world.url}/api/workshops/${id}/archive`, { headers: { authorization: `Bearer ${world.apiToken}` } }),
  );
  const listing = await new Response(Bun.spawn(["unzip", "-p", file, "01 Wei Chen/main.py"]).stdout).text();
  expect(listing).toBe("print(1)");
  expect((await world.api(`/api/workshops/${id}/archive`, { method: "DELETE" })).status).toBe(204);
  expect((await world.api(`/api/workshops/${id}/archive`)).status).toBe(404);
  expect(existsSync(path(world.data, "archives", id))).toBe(false);
});

test("stopped while it is starting, nothing is left", async () => {
  const json = { name: "Hasty", seats: 4, apiKey: KEY };
  const { workshopId: id } = (await world.api("/api/workshops", { method: "POST", json })).body;
  await world.api(`/api/workshops/${id}/start`, { method: "POST" });
  await until("its machine", () => processesOf(`clarateach-${id}`).agents.length > 0);
  const { status, body } = await world.api(`/api/workshops/${id}/stop`, { method: "POST" });
  expect([status, body.status]).toEqual([200, "stopped"]);
  expect(leftOf(world.data, id)).toEqual([]);
});

test("starter files are in every seat; ones whose entries clash fail the start, undo it and say so", async () => {
  const directory = path(world.data, "starter");
  await Bun.write(path(directory, "data", "hello.txt"), "hello");
  await Bun.spawn(["zip", "-q", "-r", "../starter.zip", "."], { cwd: directory }).exited;
  const make = async (body: BodyInit) => {
    const { workshopId: id, code } = (
      await world.api("/api/workshops", { method: "POST", json: { name: "Files", seats: 2, apiKey: KEY } })
    ).body;
    expect((await world.api(`/api/workshops/${id}/starter?name=starter.zip`, { method: "PUT", body })).status).toBe(200);
    await world.api(`/api/workshops/${id}/start`, { method: "POST" });
    const end = await until("the start to end", async () => {
      const { body } = await world.api(`/api/workshops/${id}`);
      return body.status !== "provisioning" && body;
    });
    return { id, code, end };
  };
  const good = await make(await Bun.file(path(world.data, "starter.zip")).bytes());
  expect([good.end.status, good.end.failure]).toEqual(["running", undefined]);
  expect(good.end.starter).toMatchObject({ name: "starter.zip", files: expect.any(Number) });
  const learner = await join(world, { code: good.code, name: "Mira" });
  expect((await learner.get("/files/workspace/data/hello.txt")).body.content).toBe("hello");
  await world.api(`/api/workshops/${good.id}/stop`, { method: "POST" });

  const bad = await make(await clashingTar());
  expect([bad.end.status, bad.end.failure]).toEqual(["failed", expect.stringMatching(/^Seat 0\d could not be made: .{10}/)]);
  expect(leftOf(world.data, bad.id)).toEqual([path(world.data, "secrets", `${bad.id}-llm-key`)]);
  expect((await world.api(`/api/workshops/${bad.id}/stop`, { method: "POST" })).body.status).toBe("stopped");
  expect(leftOf(world.data, bad.id)).toEqual([]);
});

test("Ctrl-C ends gateway and agents within 2 s, shells stay, the last line counts them and the next start takes them up", async () => {
  const { id, code } = await runningWorkshop(world, { seats: 2 });
  const learner = await join(world, { code, name: "Priya" });
  const terminal = await learner.terminal();
  await terminal.run("MARK=kept; echo set-$MARK", "set-kept");
  const from = performance.now();
  expect(await world.interrupt()).toBe(0);
  expect(performance.now() - from).toBeLessThan(2000);
  expect(world.output().trim().split("\n").at(-1)).toMatch(/\b2 shells stay\b/);
  expect(processesOf(`clarateach-${id}`).agents).toEqual([]);
  expect(processesOf(`clarateach-${id}`).seats.length).toBeGreaterThanOrEqual(2);
  await world.restart();
  const back = await until("the seat to be back", () => join(world, { code, odehash: learner.odehash }).catch(() => undefined));
  const again = await until("its terminal", () => back.terminal().catch(() => undefined));
  await again.run("echo still-$MARK", "still-kept");
  again.close();
});

test("Ctrl-C says its last line within 2 s, also when an agent is too slow to leave", async () => {
  const { id } = await runningWorkshop(world, { seats: 2 });
  const { agents } = processesOf(`clarateach-${id}`);
  expect(agents).toHaveLength(1);
  for (const pid of agents) process.kill(pid, "SIGSTOP");
  const from = performance.now();
  expect(await world.interrupt()).toBe(0);
  expect(performance.now() - from).toBeLessThan(2000);
  expect(world.output().trim().split("\n").at(-1)).toMatch(
    /^ClaraTeach ended; \d+ shells stay and the next start takes them up\.$/,
  );
  for (const pid of processesOf(`clarateach-${id}`).agents) process.kill(pid, "SIGCONT");
  await until("the agent to leave", () => processesOf(`clarateach-${id}`).agents.length === 0);
  await world.restart();
});

test("a port that another program has is noticed before any machine starts", async () => {
  const { id } = await runningWorkshop(world, { seats: 1 });
  expect(await world.interrupt()).toBe(0);
  const log = Bun.file(path(world.data, "machines", `clarateach-${id}`, "agent.log"));
  const before = await log.text();
  const other = Bun.listen({
    ...{ hostname: "127.0.0.1", port: Number(new URL(world.url).port) },
    socket: { open: (socket) => void socket.end(), data: () => {} },
  });
  await expect(world.restart()).rejects.toThrow(/Port \d+ is taken by another program; set PORT to another one\./);
  other.stop(true);
  expect(await log.text()).toBe(before);
  await until("no agent to be there", () => processesOf(`clarateach-${id}`).agents.length === 0);
  await world.restart();
});

test("nothing that is printed or logged holds a key, a token or a link's secret", async () => {
  const log = await Bun.file(path(world.data, "gateway.log")).text();
  const secret = world.signInLink().split("#")[1] ?? "?";
  expect(secret.length).toBeGreaterThan(20);
  for (const word of [KEY, API_TOKEN, world.apiToken, secret, digestOf(secret), "sk-ant", "eyJ"]) expect(log).not.toContain(word);
  expect(world.output()).not.toContain(world.apiToken);
});
