/** Eleven seats in containers: two machines side by side on one Docker. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { totalmem } from "node:os";
import { DockerClient } from "../../agent/seats/docker/client/client.ts";
import { startDockerWorld } from "../support/docker-world.ts";
import { join } from "../support/learner.ts";
import { leftOf } from "../support/leftovers.ts";
import { until } from "../support/until.ts";

const KEY = "sk-ant-test-0123456789-0123456789";

let world: Awaited<ReturnType<typeof startDockerWorld>>;
beforeAll(async () => {
  // Eleven seats fit, 99 never do.
  const memory = Math.floor(totalmem() / 20 / 2 ** 20);
  world = await startDockerWorld({ CLARATEACH_SEAT_MEMORY: `${memory}M`, CLARATEACH_SEAT_DISK: "96M" });
});
afterAll(() => world?.end());

test("more seats than this computer can give what was set are refused before anything is made, with what would fit", async () => {
  const { status, body } = await world.api("/api/workshops", { method: "POST", json: { name: "Big", seats: 99, apiKey: KEY } });
  expect([status, body.error.code]).toEqual([400, "INVALID_INPUT"]);
  expect(body.error.message).toMatch(
    /^99 seats with \d+ MiB of memory don't fit: .* Set CLARATEACH_SEAT_MEMORY=\d+M \(at most\), have \d+ seats, or/,
  );
});

test("seat 11 is a container of machine 2's with a shell, its own network and its own work; both machines leave nothing", async () => {
  const json = { name: "Containers", seats: 11, apiKey: KEY, smallSeats: true };
  const made = await world.api("/api/workshops", { method: "POST", json });
  expect([made.status, made.body.error?.message]).toEqual([201, undefined]);
  const { workshopId: id, code } = made.body;
  await world.api(`/api/workshops/${id}/start`, { method: "POST" });
  const view = await until("the class", async () => {
    const { body } = await world.api(`/api/workshops/${id}`);
    if (body.failure) throw new Error(body.failure);
    return body.status === "running" && body;
  });
  expect([view.progress.ready, view.machines.length]).toEqual([11, 2]);
  const learners = [];
  for (let seat = 1; seat <= 11; seat++) learners.push(await join(world, { code, name: `Learner ${seat}` }));
  const [first, last] = [learners[0] ?? expect.unreachable(), learners[10] ?? expect.unreachable()];
  expect([last.seat, last.base]).toEqual([11, `http://${view.machines[1].endpoint}`]);
  const terminal = await last.terminal();
  await terminal.run("hostname -I; echo made-by-eleven > mine.txt; cat mine.txt", "made-by-eleven");
  const other = await first.terminal();
  await other.run("ls /workspace; echo seen-$((40+2))", "seen-42");
  expect(other.screen()).not.toContain("mine.txt");
  for (const one of [terminal, other]) one.close();
  await world.api(`/api/workshops/${id}/stop`, { method: "POST", json: { keepWork: true } });
  const body = await until("its end", async () => {
    const { body } = await world.api(`/api/workshops/${id}`);
    return body.status === "stopped" && body;
  });
  expect([body.archive?.folders, body.archive?.missing]).toEqual([11, undefined]);
  expect(body.receipt.removed.directories).toBeGreaterThanOrEqual(11);
  expect(leftOf(world.data, id, 2)).toEqual([]);
  expect(await new DockerClient(world.docker.socket).listContainers({})).toEqual([]);
});
