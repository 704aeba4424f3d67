/** Mounts: a directory that is kept for an SDK's plug of one seat. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { CATALOGUE } from "../../../agent/definition/catalogue.ts";
import { readDefinition } from "../../../agent/definition/definition.ts";
import { canRunDocker } from "../../support/dockerd.ts";
import { type Layered, layeredMachines, type OwnSdks } from "../../support/layered.ts";
import { until } from "../../support/until.ts";

const mount = (target: string, more = "") => `{interface: mount, workshop-target: ${target}${more}}`;
/** Of one SDK, whose base changes. */
const sdks = (base: string, plugs: Readonly<Record<string, string>>): OwnSdks => ({
  a: {
    "sdk.yaml": `name: a\nplugs:\n${Object.entries(plugs)
      .map(([name, plug]) => `  ${name}: ${plug}\n`)
      .join("")}`,
    "hooks/setup-base": `echo ${base} >/opt/a\n`,
    "hooks/setup-project": "cp /srv/data/kept /workspace/found || echo none >/workspace/found\n",
  },
});
const PLUGS = {
  data: mount("/srv/data", ", uid: 1000, gid: 1000, mode: 0o770"),
  tools: mount("/opt/deep/tools"),
  npm: mount("/home/learner/.npm"),
};

const says = async (machine: Layered, seat: number, command: string) => {
  const { stdout, stderr } = await (await machine.ready(seat)).exec(["sh", "-c", command]);
  return stdout + stderr;
};

describe.skipIf(!canRunDocker)("check 21 (needs root, dockerd, iptables)", () => {
  const machines = layeredMachines();
  const ownOf = (machine: Layered, seat: string, plug: string) => join(machine.directory, "seats", seat, "disk/mounts", plug);

  test("a plug has a directory of its seat's own, which the learner has where its definition says so; it outlives a refresh and goes with the seat", async () => {
    const machine = await machines.make();
    await machine.want([1, 2], sdks("a1", PLUGS));
    const [one] = [await machine.ready(1), await machine.ready(2)];
    const { uid } = statSync(one.workspace);
    const facts = ["a.data", "a.tools", "a.npm"].map((plug) => {
      const { uid: owner, mode } = statSync(ownOf(machine, "01", plug));
      return [plug, owner, (mode & 0o777).toString(8)];
    });
    expect(facts).toEqual([
      ["a.data", uid, "770"],
      ["a.tools", 0, "755"],
      ["a.npm", uid, "775"],
    ]);
    expect(await says(machine, 1, "echo mine >/srv/data/kept; echo npm >~/.npm/one; touch /opt/deep/tools/no")).toContain(
      "Permission denied",
    );
    expect(readFileSync(join(ownOf(machine, "01", "a.data"), "kept"), "utf8")).toBe("mine\n");
    expect(
      await says(machine, 2, "ls -A /srv/data; stat -c %U:%a /srv/data ~/.npm; grep -c nosuid,nodev /proc/self/mountinfo"),
    ).toMatch(/^learner:770\nlearner:775\n\d+\n$/);
    expect(await machine.manager.connections(1)).toMatchObject({
      established: ["data", "tools", "npm"].map((plug) => ({
        plug: `a:${plug}`,
        slot: "system:mount",
        interface: "mount",
        auto: true,
      })),
      warnings: [],
    });

    await machine.want([1, 2], sdks("a2", PLUGS));
    expect((await machine.manager.plan([1])).seats).toEqual([{ seat: 1, does: "restarts" }]);
    await machine.manager.ask([1], { action: "refresh" });
    expect((await machine.ended("refresh")).status).toBe("done");
    // There when the project is set up.
    expect(await says(machine, 1, "cat /opt/a /srv/data/kept ~/.npm/one /workspace/found")).toBe("a2\nmine\nnpm\nmine\n");

    await machine.manager.ask([1], { action: "stop" });
    await until("seat 1 to stop", () => machine.manager.status(1) === "stopped");
    await machine.manager.ask([1], { action: "start" });
    expect(await says(machine, 1, "cat /srv/data/kept")).toBe("mine\n");
    await machine.close();
    await machine.open();
    expect(await says(machine, 1, "cat /srv/data/kept; grep -c ' /srv/data ' /proc/self/mountinfo")).toBe("mine\n1\n");

    await machine.manager.ask([1], { action: "remove" });
    await until("seat 1 to go", () => machine.manager.status(1) === "off");
    expect(existsSync(join(machine.directory, "seats/01"))).toBe(false);
  });

  test("what a learner puts in a mount's place leads nowhere: the seat begins without it, and that is told", async () => {
    const machine = await machines.make();
    await machine.want([1], sdks("a1", { npm: mount("/home/learner/cache/npm") }));
    expect(await says(machine, 1, "touch ~/cache/npm/one; ls ~/cache/npm")).toBe("one\n");
    await machine.manager.ask([1], { action: "stop" });
    await until("seat 1 to stop", () => machine.manager.status(1) === "stopped");
    const home = join(machine.directory, "seats/01/disk/home/cache");
    Bun.spawnSync(["sh", "-c", `rm -r ${home} && ln -s /etc ${home}`]);
    await machine.manager.ask([1], { action: "start" });
    expect(await says(machine, 1, "grep -cE ' /etc/npm | /home/learner/cache' /proc/self/mountinfo; cat /etc/hostname")).toMatch(
      /^0\nseat-01\n/,
    );
    expect(machine.manager.warnings.all().map(({ message }) => message)).toEqual([
      expect.stringContaining("a:npm isn't connected: it can't be mounted at /home/learner/cache/npm, a link is on the way"),
    ]);
  });

  test("check 22: two plugs that are bound see one directory", async () => {
    const machine = await machines.make();
    const own = sdks("a1", { data: mount("/srv/data", ", uid: 1000") });
    await machine.want([1], { ...own, b: {} });
    await machine.ready(1);
    const { definition = "" } = machine.document ?? {};
    const bound = definition.replace(
      "name: b\n    source: project\n",
      "name: b\n    source: project\n    plugs: {data: {bind: a:data}}\n",
    );
    await machine.want(
      [1],
      { ...own, b: { "sdk.yaml": "name: b\n", "hooks/setup-project": "echo b >/srv/data/kept\n" } },
      { definition: bound },
    );
    await machine.manager.ask([1], { action: "refresh" });
    expect((await machine.ended("refresh")).status).toBe("done");
    expect(await says(machine, 1, "cat /srv/data/kept; grep -c ' /srv/data ' /proc/self/mountinfo")).toBe("b\n1\n");
    expect((await machine.manager.connections(1)).plugs.map(({ name }) => name)).toEqual(["a:data", "b:data"]);
  });
});

test("check 22: two mounts at one place are refused by both their names", () => {
  const plugs = `{data: ${mount("/srv/data")}}`;
  const text = `name: own\nbase: debian@12\nsdks:\n  - {name: node, plugs: ${plugs}}\n  - {name: python, plugs: ${plugs}}\n`;
  const problems = readDefinition(text, CATALOGUE).problems ?? [];
  expect(problems.map(({ message }) => message)).toEqual([
    "python:data and node:data are both mounted at /srv/data. Bind one to the other (bind: node:data), or change one.",
  ]);
});
