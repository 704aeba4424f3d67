/** Containers outlive their agent: a machine whose agent can't run any more is removed with all its containers. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startDockerWorld } from "../support/docker-world.ts";
import { canRunDocker } from "../support/dockerd.ts";
import { until } from "../support/until.ts";
import { runningWorkshop } from "../support/world.ts";

describe.skipIf(!canRunDocker)("containers without an agent (needs root, dockerd, iptables)", () => {
  let world: Awaited<ReturnType<typeof startDockerWorld>>;
  beforeAll(async () => {
    world = await startDockerWorld();
  });
  afterAll(() => world?.end());

  const running = async () => (await world.docker.docker.listContainers({})).filter(({ State }) => State === "running").length;
  const machines = () => readdirSync(join(world.data, "machines")).filter((name) => !name.startsWith("."));

  test("what each seat takes is told to the machine's owner", async () => {
    await runningWorkshop(world, { seats: 2 });
    const [machine = ""] = machines();
    const unix = join(world.data, "machines", machine, "agent.socket");
    const { seats } = await (await fetch("http://agent/report", { unix })).json();
    expect(seats.map(({ usage }: { usage: { processes: number } }) => usage.processes > 1)).toEqual([true, true]);
    expect(seats[0].usage.memoryBytes).toBeLessThan(seats[0].usage.memoryLimitBytes);
    expect(seats[0].usage.memoryLimitBytes).toBe(2 ** 30);
  });

  test("an agent that ends at once can't tell its seats to go: they go all the same, and the receipt counts them", async () => {
    const [machine = ""] = machines();
    const directory = join(world.data, "machines", machine);
    expect(await running()).toBe(2);
    writeFileSync(join(directory, "document.json"), "no document");
    process.kill(JSON.parse(readFileSync(join(directory, "agent.pid"), "utf8")).pid, "SIGKILL");
    const id = machine.replace("clarateach-", "");
    const stopped = await world.api(`/api/workshops/${id}/stop`, { method: "POST" });
    if (stopped.status !== 200)
      await until("the stop", async () => (await world.api(`/api/workshops/${id}`)).body.status === "stopped");
    expect(await running()).toBe(0);
    expect(machines()).toEqual([]);
    expect(readFileSync("/proc/mounts", "utf8")).not.toContain(directory);
  });
});
