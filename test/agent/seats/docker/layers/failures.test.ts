import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { KEY_LABEL } from "../../../../../agent/seats/docker/layers/layers.ts";
import { machineLabels, SEAT_LABEL, seatObject } from "../../../../../agent/seats/docker/names.ts";
import { builderIsConnected } from "../../../../../agent/seats/docker/network/network.ts";
import { canRunDocker, smallSeats } from "../../../../support/dockerd.ts";
import { layeredMachines, writeDefinition } from "../../../../support/layered.ts";
import { until } from "../../../../support/until.ts";

const HOOK = "hooks/setup-base";
const AGENT = join(import.meta.dir, "../../../../support/docker-agent.ts");

describe.skipIf(!canRunDocker)("layers where something fails (needs root, dockerd, iptables)", () => {
  const here = layeredMachines();
  const layers = async () => (await here.docker.docker.listImages(KEY_LABEL)).flatMap(({ RepoTags }) => RepoTags ?? []);
  const builders = async (of: string) =>
    (await here.docker.docker.listContainers(machineLabels(of))).filter(({ Labels }) => Labels[SEAT_LABEL] === undefined);

  test("a failing hook: its last ten lines with the task, all of it in the log; what was built stays, and the next try goes on there", async () => {
    const machine = await here.make();
    const mark = crypto.randomUUID().slice(0, 8);
    const first = { [HOOK]: `echo ${mark} > /opt/first` };
    const broken = `for i in $(seq 500); do echo "line $i of ${mark}"; done; printf '\\033[31mred\\033[0m\\n' >&2; cat /nowhere | true; echo unreached > /opt/second`;
    await machine.want([1, 2], { [`a${mark}`]: first, [`b${mark}`]: { [HOOK]: broken } });
    const change = await machine.made();
    expect(change.status).toBe("error");
    expect(change.error).toBe(`Install project-b${mark}: setup-base of b${mark} ended with 1.`);
    const task = change.tasks.find(({ status }) => status === "error");
    expect(task).toMatchObject({ kind: "docker/build-layer" });
    expect(task?.log.slice(0, 8)).toEqual(Array.from({ length: 8 }, (_, i) => `line ${i + 493} of ${mark}`));
    expect(task?.log.slice(8, 10)).toEqual(["red", "cat: /nowhere: No such file or directory"]);
    expect(task?.log).toHaveLength(11);
    const log = machine.manager.taskLog(change.id, task?.id ?? "");
    expect(log.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    const whole = (await log.text()).split("\n");
    expect(whole.slice(0, 500)).toEqual(Array.from({ length: 500 }, (_, i) => `line ${i + 1} of ${mark}`));
    expect(() => machine.manager.taskLog("1", String(Number(task?.id) + 1000))).toThrow("has no log");
    expect(() => machine.manager.taskLog("999", task?.id ?? "")).toThrow("has no log");
    // Undone, but for the layers that are whole.
    expect(await builders(machine.machine)).toEqual([]);
    expect(builderIsConnected(machine.machine)).toBe(false);
    expect(readdirSync(join(machine.directory, "seats"))).toEqual([]);
    const built = (await layers()).filter((name) => name.includes(mark));
    expect(built).toEqual([expect.stringMatching(new RegExp(`^clarateach/layer:a${mark}-[0-9a-f]{16}$`))]);
    await machine.want([1], { [`a${mark}`]: first, [`b${mark}`]: { [HOOK]: "cat /opt/first > /opt/second" } });
    expect((await (await machine.ready(1)).exec(["cat", "/opt/second"])).stdout).toBe(`${mark}\n`);
    const again = await machine.made();
    expect(again.tasks.find(({ summary }) => summary === `Install project-a${mark}`)?.log).toEqual(["Built before."]);
  });

  test("a hook that prints without measure is held back, and its last words are there all the same", async () => {
    const machine = await here.make();
    const flood = `{ yes "$(seq -s ' ' 200)" || true; } | head -c 60000000; echo; echo the-end; exit 3 # ${crypto.randomUUID()}`;
    await machine.want([1], { loud: { [HOOK]: flood } });
    const change = await machine.made();
    const task = change.tasks.find(({ status }) => status === "error");
    expect(task?.log.slice(-2)).toEqual(["the-end", "setup-base of loud ended with 3."]);
    const whole = await machine.manager.taskLog(change.id, task?.id ?? "").text();
    expect(whole.length).toBeLessThanOrEqual(10 * 1024 ** 2);
    expect(whole.length).toBeGreaterThan(5 * 1024 ** 2);
    expect(whole).toEndWith("the-end\n");
  });

  test("the agent killed in the middle of a build: the next one builds it, and nothing of the first is left", async () => {
    const machine = await here.make();
    await machine.close();
    const mark = crypto.randomUUID().slice(0, 8);
    // A cache outlives its builder: the first build waits for its end, the second does not.
    const wait = "[ -e /var/cache/npm/once ] || { touch /var/cache/npm/once /opt/begun; sleep 1000; }";
    const slow = { slow: { [HOOK]: `echo ${mark} > /opt/slow; ${wait}` } };
    const wish = await writeDefinition(machine.directory, slow);
    const settings = { ...smallSeats(here.docker), tools: join(machine.directory, "tools") };
    const given = { directory: machine.directory, machine: machine.machine, numbers: [1], settings, wish };
    const agent = Bun.spawn([process.execPath, AGENT, JSON.stringify(given)], { stdout: "ignore", stderr: "inherit" });
    await until("a builder at work", async () => {
      const [builder] = (await builders(machine.machine)).filter(({ Names }) => Names.some((name) => name.endsWith("-build")));
      return (
        builder?.State === "running" &&
        here.docker.docker.readFile(builder.Id, "/opt/begun").then(
          () => true,
          () => false,
        )
      );
    });
    agent.kill("SIGKILL");
    await agent.exited;
    const [left] = await builders(machine.machine);
    expect(left).toBeDefined();
    expect(builderIsConnected(machine.machine)).toBe(true);
    await machine.open();
    await machine.want([1], slow);
    expect((await (await machine.ready(1)).exec(["cat", "/opt/slow"])).stdout).toBe(`${mark}\n`);
    expect(await builders(machine.machine)).toEqual([]);
    expect(builderIsConnected(machine.machine)).toBe(false);
    expect(await here.docker.docker.inspectContainer(left?.Id ?? "")).toBeUndefined();
    expect((await here.docker.docker.listContainers(machineLabels(machine.machine))).map(({ Names }) => Names)).toEqual([
      [`/${seatObject(machine.machine, 1)}`],
    ]);
  });

  test("a workshop that ends while a layer is built: the builder goes with it", async () => {
    const machine = await here.make();
    await machine.want([1], { slow: { [HOOK]: `sleep 1000 # ${crypto.randomUUID()}` } });
    await until("a builder", async () => (await builders(machine.machine)).some(({ State }) => State === "running"));
    await machine.want([], {}, { phase: "ending" });
    await until("the builder to go", async () => (await builders(machine.machine)).length === 0);
    await until("its network to go", () => !builderIsConnected(machine.machine));
    const gone = { processes: 0, directories: 0, sockets: 0, bytes: 0 };
    await until("nothing to be left", async () => Bun.deepEquals(await machine.manager.leftovers(), gone));
  });

  test("a seat that is started again has the layer it had, whatever is wished for new ones by then", async () => {
    const machine = await here.make();
    const one = (text: string) => ({ one: { [HOOK]: `echo ${text} > /opt/one`, text: `${text}\n` } });
    const [before, after] = [crypto.randomUUID(), crypto.randomUUID()];
    await machine.want([1], one(before));
    await machine.ready(1);
    await machine.want([1, 2], one(after));
    await machine.ready(2);
    await here.docker.docker.removeContainer(seatObject(machine.machine, 1));
    await until("the end to be noticed", () => machine.manager.status(1) !== "ready");
    const look = async (seat: number) =>
      (await (await machine.ready(seat)).exec(["cat", "/opt/one", "/var/lib/workshop/sdk/one/text"])).stdout;
    expect(await look(1)).toBe(`${before}\n${before}\n`);
    expect(await look(2)).toBe(`${after}\n${after}\n`);
  });

  test("two workshops that begin at once build each layer once, and each has its seats", async () => {
    const machine = await here.make();
    const other = await here.make();
    const shared = { shared: { [HOOK]: `cat /proc/sys/kernel/random/uuid > /opt/shared; sleep 2 # ${crypto.randomUUID()}` } };
    await Promise.all([machine.want([1], shared), other.want([1], shared)]);
    const said = await Promise.all(
      [machine, other].map(async (one) => (await (await one.ready(1)).exec(["cat", "/opt/shared"])).stdout),
    );
    expect(said[0]).toMatch(/^[0-9a-f-]{36}\n$/);
    expect(said[1]).toBe(said[0] ?? "");
  });
});
