/** A class of twelve seats on this computer: two machines, with a real gateway and agents. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join as path } from "node:path";
import type { WorkshopView } from "../../views/workshop.ts";
import { KEY, openDesk } from "../gateway/support.ts";
import { join } from "../support/learner.ts";
import { leftOf } from "../support/leftovers.ts";
import { starterTar } from "../support/starter.ts";
import { until } from "../support/until.ts";
import { runningWorkshop, startWorld, type World } from "../support/world.ts";

const agent = path(import.meta.dir, "..", "..", "dist", "clarateach-agent");

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.end());

test("seat 11 is on machine 2, with an address and a shell of its own; everybody's work, the receipt and the end cover both", async () => {
  const { id, code, workshop } = await runningWorkshop(world, { seats: 12 });
  const names = [`clarateach-${id}`, `clarateach-${id}-2`];
  expect(workshop.machines).toEqual(names.map((name) => ({ name, endpoint: expect.any(String), status: "running" })));
  const [first, second] = workshop.machines.map(({ endpoint }: { endpoint: string }) => endpoint);
  expect(first).not.toBe(second);
  expect([workshop.endpoint, workshop.progress]).toEqual([first, { ready: 12, total: 12, fraction: 1 }]);

  const learners = [];
  for (let seat = 1; seat <= 12; seat++) learners.push(await join(world, { code, name: `Learner ${seat}` }));
  expect(learners.map(({ seat }) => seat)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  const eleventh = learners[10] as (typeof learners)[number];
  expect([learners[9]?.base, eleventh.base]).toEqual([`http://${first}`, `http://${second}`]);
  const terminal = await eleventh.terminal();
  await terminal.run("echo made-by-eleven > mine.txt; cat mine.txt", "made-by-eleven");
  terminal.close();
  const third = await (learners[2] as (typeof learners)[number]).terminal();
  await third.run("echo made-by-three > mine.txt; cat mine.txt", "made-by-three");
  third.close();
  // A token is for its own machine.
  const stranger = await fetch(`http://${first}/vm/11/session`, { headers: { authorization: `Bearer ${eleventh.token}` } });
  expect([401, 403, 404]).toContain(stranger.status);

  const back = await join(world, { code, odehash: eleventh.odehash });
  expect([back.seat, back.base]).toEqual([11, `http://${second}`]);
  const roster = (await world.api(`/api/workshops/${id}/learners`)).body.learners;
  expect(roster.map(({ seat }: { seat: number }) => seat)).toHaveLength(12);

  await world.api(`/api/workshops/${id}/stop`, { method: "POST", json: { keepWork: true } });
  const { body } = await world.api(`/api/workshops/${id}`);
  expect([body.status, body.archive?.folders, body.archive?.missing]).toEqual(["stopped", 12, undefined]);
  const machines = body.receipt.items.filter(({ kind }: { kind: string }) => kind === "machine");
  expect(machines.map(({ name }: { name: string }) => name)).toEqual(names);
  expect(body.receipt.removed.directories).toBeGreaterThanOrEqual(12);
  const zip = new Uint8Array(
    await (
      await fetch(`${world.url}/api/workshops/${id}/archive`, { headers: { authorization: `Bearer ${world.apiToken}` } })
    ).arrayBuffer(),
  );
  const text = Buffer.from(zip).toString("latin1");
  for (const folder of ["03 Learner 3/mine.txt", "11 Learner 11/mine.txt"]) expect(text).toContain(folder);
  expect(leftOf(world.data, id, 2)).toEqual([]);
});

test("starter files are in seats of both machines; the page sees without asking who comes to machine 2; a seat of it that is freed is made anew there", async () => {
  const desk = await openDesk([agent]);
  const { workshops, seating } = desk.gateway.services;
  const { id, code } = await workshops.create("local", { name: "Watched", seats: 11, apiKey: KEY });
  await workshops.putStarter("local", id, {
    name: "a.tar",
    body: new Response(new Uint8Array(await starterTar())).body as ReadableStream<Uint8Array>,
  });
  const over = new AbortController();
  let last: WorkshopView | undefined;
  const watching = (async () => {
    for await (const view of workshops.watch("local", id, over.signal)) last = view;
  })();
  const sees = (what: string, is: (view: WorkshopView) => boolean) => until(what, () => last && is(last));
  await workshops.start("local", id);
  await sees("running", ({ state, progress }) => state === "running" && progress.ready === 11);
  expect(last?.steps.map(({ summary, is }) => [summary, is])).toContainEqual(["Start 2 machines", "done"]);
  const enter = () => seating.enter({ code, name: "Mira" }, { address: "127.0.0.1" });
  let entered = await enter();
  while (entered.seat < 11) entered = await enter();
  const headers = { authorization: `Bearer ${entered.token}` };
  const files = await (await fetch(`http://${entered.endpoint}/vm/11/files/workspace`, { headers })).json();
  expect(files.files.length).toBeGreaterThan(0);
  const socket = new WebSocket(`ws://${entered.endpoint}/vm/11/terminal`, { headers } as never);
  await sees("Mira on machine 2", ({ learners }) => learners.find(({ seat }) => seat === 11)?.session === "connected");
  await workshops.freeSeat("local", id, 11);
  await sees("the freed seat anew", ({ seats }) => seats[10]?.session === "free" && !seats[10].wiping);
  socket.close();
  const again = await enter();
  expect([again.seat, again.endpoint, again.odehash === entered.odehash]).toEqual([11, entered.endpoint, false]);
  expect(await workshops.stop("local", id)).toBe("stopped");
  await sees("stopped", ({ state }) => state === "stopped");
  over.abort();
  await watching;
  expect(leftOf(desk.data, id, 2)).toEqual([]);
  await desk.end();
});

/** Another workshop's machine, where this one's directory would be. */
function occupy(name: string): string {
  const directory = path(world.data, "machines", name);
  mkdirSync(directory);
  writeFileSync(path(directory, "machine.json"), JSON.stringify({ workshop: { id: "ws-other1" } }));
  return directory;
}

test("a class begins without a machine that can't be made, its page says which seats and why, and they are offered once it is there", async () => {
  const json = { name: "Late", seats: 11, apiKey: "sk-ant-test-0123456789-0123456789" };
  const { workshopId: id, code } = (await world.api("/api/workshops", { method: "POST", json })).body;
  const inTheWay = occupy(`clarateach-${id}-2`);
  await world.api(`/api/workshops/${id}/start`, { method: "POST" });
  const view = async () => (await world.api(`/api/workshops/${id}`)).body;
  const running = await until("the class", async () => {
    const body = await view();
    expect(body.status).not.toBe("failed");
    return body.status === "running" && body;
  });
  expect([running.progress.ready, running.progress.total]).toEqual([10, 11]);
  const page = async () =>
    (await fetch(`${world.url}/workshops/${id}`, { headers: { authorization: `Bearer ${world.apiToken}` } })).text();
  expect(await page()).toContain("<strong>Seat 11 is not there yet.</strong>");
  for (const words of ["1 of 2 answer", "belongs to “ws-other1”", "It is tried again by itself."])
    expect(await page()).toContain(words);
  for (let seat = 1; seat <= 10; seat++) expect((await join(world, { code })).seat).toBe(seat);
  const enter = () => world.api("/api/join", { method: "POST", json: { code }, anonymous: true });
  const refused = await enter();
  expect([refused.status, refused.body.error.code]).toEqual([409, "NO_SEATS"]);
  expect(refused.body.error.message).toContain("others are still being made");
  rmSync(inTheWay, { recursive: true });
  const entered = await until("the seat of the machine that came late", async () => {
    const answer = await enter();
    return answer.status === 200 && answer.body;
  });
  expect([entered.seat, entered.endpoint]).toEqual([11, (await view()).machines[1].endpoint]);
  expect(await page()).toContain("all 2 answer");
  expect((await world.api(`/api/workshops/${id}/stop`, { method: "POST" })).body).toEqual({ status: "stopped" });
  expect(leftOf(world.data, id, 2)).toEqual([]);
});

test("a class of which no machine can be made fails with the reason, and leaves nothing", async () => {
  const json = { name: "None", seats: 11, apiKey: "sk-ant-test-0123456789-0123456789" };
  const { workshopId: id } = (await world.api("/api/workshops", { method: "POST", json })).body;
  const inTheWay = ["", "-2"].map((suffix) => occupy(`clarateach-${id}${suffix}`));
  await world.api(`/api/workshops/${id}/start`, { method: "POST" });
  const view = async () => (await world.api(`/api/workshops/${id}`)).body;
  const failure = await until("the reason", async () => (await view()).failure);
  expect(failure).toStartWith(`The machine clarateach-${id} belongs to “ws-other1”`);
  for (const directory of inTheWay) rmSync(directory, { recursive: true });
  await until("its end", async () => (await view()).status === "failed");
  expect((await world.api(`/api/workshops/${id}/start`, { method: "POST" })).status).toBe(202);
  await until("the class", async () => (await world.api(`/api/workshops/${id}`)).body.status === "running");
  expect((await world.api(`/api/workshops/${id}/stop`, { method: "POST" })).body).toEqual({ status: "stopped" });
  expect(leftOf(world.data, id, 2)).toEqual([]);
});
