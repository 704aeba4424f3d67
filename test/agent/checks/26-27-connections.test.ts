/** What people change at a seat's connections, and what a definition does: in the container that runs. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Problem } from "../../../agent/contract/errors.ts";
import type { ConnectAsk } from "../../../agent/seats/asks.ts";
import { seatObject } from "../../../agent/seats/docker/names.ts";
import { canRunDocker } from "../../support/dockerd.ts";
import { type Layered, layeredMachines, type OwnSdks } from "../../support/layered.ts";
import { until } from "../../support/until.ts";

const mount = (target: string) => `{interface: mount, workshop-target: ${target}, uid: 1000}`;
const sdks = (base: string, files = "files"): OwnSdks => ({
  a: {
    "sdk.yaml": `name: a\nplugs:\n  data: ${mount("/srv/data")}\n  lib: ${mount("/srv/lib")}\n  npm: ${mount("/home/learner/cache/npm")}\n`,
    "hooks/setup-base": `echo ${base} >/opt/a\n`,
  },
  b: {
    "sdk.yaml":
      "name: b\nslots:\n  files: {interface: mount, workshop-source: $SDK/FILES}\n  shared: {interface: mount, workshop-source: /home/learner/shared}\n  part: {interface: mount, workshop-source: /srv/data/part}\n".replace(
        "FILES",
        files,
      ),
    "files/one": "of b\n",
  },
});

const SEEN = "cat /opt/a; cat /srv/lib/one ~/cache/npm/one 2>&1; grep -oE ' /srv/data ' /proc/self/mountinfo";
const says = async (machine: Layered, command: string) => (await (await machine.ready(1)).exec(["sh", "-c", command])).stdout;

/** A port that nobody has now. */
function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  listener.stop(true);
  return listener.port;
}

describe.skipIf(!canRunDocker)("checks 26 and 27 (needs root, dockerd, iptables)", () => {
  const machines = layeredMachines();
  let sources: string;
  beforeAll(() => {
    sources = mkdtempSync(join(tmpdir(), "ct-sources-"));
    mkdirSync(join(sources, "npm"));
    writeFileSync(join(sources, "npm/one"), "the machine's\n");
  });
  afterAll(() => rmSync(sources, { recursive: true, force: true }));

  async function made(base: string): Promise<Layered> {
    const machine = await machines.make({ settings: { mountSources: [sources] } });
    await machine.want([1], sdks(base));
    await machine.ready(1);
    return machine;
  }
  const asked = async (machine: Layered, ask: ConnectAsk) => {
    await machine.manager.ask([1], ask);
    return (await machine.ended(ask.action)).status;
  };
  const refused = (machine: Layered, ask: ConnectAsk): Promise<string> =>
    machine.manager.ask([1], ask).then(
      () => "nothing",
      (error: Problem) => `${error.code}: ${error.message}`,
    );
  const container = async (machine: Layered) => {
    const found = await machines.docker.docker.inspectContainer(seatObject(machine.machine, 1));
    return [found?.Id, found?.State.Pid];
  };

  test("check 26: what was connected, disconnected and remounted by hand holds over a refresh, in a seat that goes on; a restore is as it was at first", async () => {
    const machine = await made("a1");
    const before = await container(machine);
    const lib = { plug: "a:lib", slot: "b:files" };
    const data = { plug: "a:data", slot: "system:mount" };
    expect(await says(machine, SEEN)).toMatch(/^a1\ncat: .*\ncat: .*\n \/srv\/data \n$/);
    expect(await asked(machine, { action: "connect", ...lib })).toBe("done");
    expect(await asked(machine, { action: "disconnect", ...data })).toBe("done");
    expect(await asked(machine, { action: "remount", plug: "a:npm", source: join(sources, "npm") })).toBe("done");
    expect(await says(machine, SEEN)).toBe("a1\nof b\nthe machine's\n");
    expect(await container(machine)).toEqual(before);
    const held = {
      established: [
        { plug: "a:npm", slot: "system:mount", interface: "mount", auto: true },
        { ...lib, interface: "mount", auto: false },
      ],
      undesired: [data],
    };
    expect(await machine.manager.connections(1)).toMatchObject(held);

    await machine.want([1], sdks("a2"));
    await machine.manager.ask([1], { action: "refresh" });
    expect((await machine.ended("refresh")).status).toBe("done");
    expect(await says(machine, SEEN)).toBe("a2\nof b\nthe machine's\n");
    expect(await machine.manager.connections(1)).toMatchObject(held);

    rmSync(join(sources, "npm"), { recursive: true });
    await machine.manager.ask([1], { action: "stop" });
    expect((await machine.ended("stop")).status).toBe("done");
    await machine.manager.ask([1], { action: "start" });
    expect(await says(machine, SEEN)).toMatch(/^a2\nof b\ncat: .*No such file or directory\n$/);
    expect(machine.manager.warnings.all().map(({ message }) => message)).toEqual([
      `a:npm isn't connected: "${join(sources, "npm")}" isn't there on this machine. Make it first: mkdir -p "${join(sources, "npm")}".`,
    ]);
    expect(() => statSync(join(sources, "npm"))).toThrow("ENOENT");

    await machine.manager.ask([1], { action: "restore" });
    expect((await machine.ended("restore")).status).toBe("done");
    expect(await says(machine, SEEN)).toMatch(/^a2\ncat: .*\ncat: .*\n \/srv\/data \n$/);
    expect(await machine.manager.connections(1)).toMatchObject({ undesired: [], established: [{}, {}, {}] });

    // By the same names it would be another directory: that is not what was asked for.
    expect(await asked(machine, { action: "connect", ...lib })).toBe("done");
    await machine.want([1], sdks("a2", "hooks"));
    await machine.manager.ask([1], { action: "refresh" });
    expect((await machine.ended("refresh")).status).toBe("done");
    const { established, warnings } = await machine.manager.connections(1);
    expect(established.map(({ plug, slot }) => `${plug} ${slot}`)).not.toContain("a:lib b:files");
    expect(warnings).toEqual([expect.stringMatching(/^a:lib isn't connected to b:files any more: /)]);
  });

  test("check 27: a connection that only the definition has more works after a refresh, and the container is the one that ran", async () => {
    const machine = await made("a1");
    const before = await container(machine);
    const { definition = "", definitionArchive } = machine.document ?? {};
    const port = freePort();
    const ofB = `    plugs: {new: ${mount("/srv/new/place")}}\n    slots: {web: {interface: tunnel, endpoint: 3000}}\n`;
    const more = definition
      .replace("name: b\n    source: project\n", `name: b\n    source: project\n${ofB}`)
      .replace("    source: system\n", `    source: system\n    plugs: {web: {interface: tunnel, endpoint: ${port}}}\n`)
      .concat("connections: [{plug: a:lib, slot: b:files}, {plug: a:lib, slot: b:shared}]\n");
    await machine.want([1], sdks("a1"), { definition: more, ...(definitionArchive && { definitionArchive }) });
    expect((await machine.manager.plan([1])).seats).toEqual([{ seat: 1, does: "live" }]);
    await machine.manager.ask([1], { action: "refresh" });
    expect((await machine.ended("refresh")).status).toBe("done");
    // Of two that would do, none; and that is told.
    expect(machine.manager.warnings.all().map(({ message, seat }) => [seat, message])).toEqual([
      [1, "a:lib isn't connected: b:files and b:shared would do. Connect one of them."],
    ]);
    expect(
      await says(machine, "echo new >/srv/new/place/one; cat /srv/new/place/one; findmnt -n -o OPTIONS /srv/new/place"),
    ).toMatch(/^new\nrw,nosuid,nodev,/);
    await says(machine, "setsid -f python3 -m http.server --bind 127.0.0.1 --directory /srv/new/place 3000 >/dev/null 2>&1");
    const page = () =>
      fetch(`http://127.0.0.1:${port}/one`).then(
        (answer) => answer.text(),
        () => undefined,
      );
    expect(await until("the server in the seat", page)).toBe("new\n");
    expect(await container(machine)).toEqual(before);
    expect((await machine.manager.plan([1])).seats).toEqual([{ seat: 1, does: "same" }]);
    // A tunnel is the agent's: the next one opens it again, and a seat that stops has none.
    await machine.close();
    expect(await page()).toBeUndefined();
    await machine.open();
    await machine.ready(1);
    expect(await page()).toBe("new\n");
    await machine.manager.ask([1], { action: "stop" });
    expect((await machine.ended("stop")).status).toBe("done");
    expect(await page()).toBeUndefined();
    await machine.manager.ask([1], { action: "start" });
    await machine.ready(1);
    expect(machine.manager.definitionOf(1)).toBe(more);
  });

  test("what can't be is refused in words before anything is done; what fails then leaves the seat as it was", async () => {
    const machine = await made("a1");
    const changes = machine.manager.changes("all").length;
    const remount = (plug: string, source?: string): ConnectAsk => ({
      action: "remount",
      plug,
      ...(source !== undefined && { source }),
    });
    for (const [ask, why] of [
      [remount("a:npm", "/etc"), 'No seat may have "/etc" of this machine.'],
      [remount("a:npm", join(sources, "none")), "isn't there on this machine. Make it first: mkdir -p"],
      [remount("a:npm", "npm"), "isn't an absolute path"],
      [remount("a:none", sources), "There is no plug a:none. There are a:data, a:lib, a:npm."],
      [{ action: "connect", plug: "a:lib", slot: "b:none" }, "There is no slot b:none."],
      [{ action: "connect", plug: "a:lib", slot: "system:camera" }, "a:lib is a mount and system:camera a camera"],
    ] as const) {
      const said = await refused(machine, ask);
      expect([ask, said.startsWith("INVALID_INPUT: "), said]).toEqual([ask, true, expect.stringContaining(why)]);
    }
    Bun.spawnSync(["ln", "-s", "/etc", join(sources, "out")]);
    expect(await refused(machine, remount("a:npm", join(sources, "out")))).toContain("A link is on the way");
    expect(await refused(machine, remount("a:npm", "/etc"))).toContain("No seat may have");
    expect(machine.manager.changes("all")).toHaveLength(changes);

    // What is another SDK's among the learner's files is made when it isn't there yet, and is hers.
    expect(await asked(machine, { action: "connect", plug: "a:lib", slot: "b:shared" })).toBe("done");
    expect(await says(machine, "echo shared >/srv/lib/one; cat ~/shared/one; stat -c %U ~/shared")).toBe("shared\nlearner\n");
    for (const slot of ["b:files", "system:mount"])
      expect(await refused(machine, { action: "connect", plug: "a:lib", slot })).toContain(
        "a:lib is connected to b:shared. Disconnect that first.",
      );

    const npm = { plug: "a:npm", slot: "system:mount" };
    expect(await asked(machine, { action: "disconnect", ...npm })).toBe("done");
    expect(await says(machine, "rmdir ~/cache/npm && ln -s /etc ~/cache/npm && ls -ld ~/cache/npm")).toContain("-> /etc");
    await machine.manager.ask([1], { action: "connect", ...npm });
    const failed = await machine.ended("connect");
    expect([failed.status, failed.error]).toEqual([
      "error",
      expect.stringContaining("a:npm isn't connected: it can't be mounted at /home/learner/cache/npm"),
    ]);
    expect(await says(machine, "grep -cE ' (/etc|/home/learner/cache/npm) ' /proc/self/mountinfo")).toBe("0\n");
    expect((await machine.manager.connections(1)).undesired).toEqual([npm]);
  });

  test("a learner who swaps what lies in a mount's place gets it nowhere else, whenever she does", async () => {
    const machine = await made("a1");
    const npm = { plug: "a:npm", slot: "system:mount" };
    const swap = "mv ~/cache ~/mine; ln -s /etc ~/cache; rm ~/cache; mv ~/mine ~/cache";
    const pid = await says(machine, `(while [ ! -e /tmp/enough ]; do ${swap}; done) >/dev/null 2>&1 & echo $!`);
    const outcomes = new Set<string>();
    for (let turn = 0; turn < 6; turn++)
      for (const action of ["disconnect", "connect"] as const) {
        await machine.manager.ask([1], { action, ...npm }).catch(() => []);
        outcomes.add((await machine.ended(action)).status);
        expect(await says(machine, "grep -E ' /(etc/)?npm ' /proc/self/mountinfo")).toBe("");
      }
    expect([...outcomes].filter((status) => status !== "done" && status !== "error")).toEqual([]);
    await says(machine, `touch /tmp/enough; while kill -0 ${pid.trim()} 2>/dev/null; do :; done`);
    expect(await asked(machine, { action: "connect", ...npm, forget: true })).toBe("done");
    expect(await says(machine, "cut -d ' ' -f 5 /proc/self/mountinfo | grep npm")).toBe("/home/learner/cache/npm\n");
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain("/mounts/a.npm");
  });

  test("what a seat isn't connected to any more it hasn't: not by a place that was moved, nor by a program that stands in it", async () => {
    mkdirSync(join(sources, "npm"), { recursive: true });
    writeFileSync(join(sources, "npm/one"), "the machine's\n");
    const machine = await made("a1");
    expect(await asked(machine, { action: "remount", plug: "a:npm", source: join(sources, "npm") })).toBe("done");
    expect(await says(machine, "mv ~/cache ~/moved; cat ~/moved/npm/one")).toBe("the machine's\n");
    expect(await asked(machine, { action: "disconnect", plug: "a:npm", slot: "system:mount" })).toBe("done");
    expect(await says(machine, "cat ~/moved/npm/one; grep -c /npm /proc/self/mountinfo")).toBe("0\n");

    const data = { plug: "a:data", slot: "system:mount" };
    await says(machine, "cd /srv/data && setsid -f sleep 4321 >/dev/null 2>&1");
    expect(await asked(machine, { action: "disconnect", ...data })).toBe("error");
    expect((await machine.ended("disconnect")).error).toContain("What is mounted at /srv/data is in use");
    const ended = "pkill -f '[s]leep 4321'; while pgrep -f '[s]leep 4321' >/dev/null; do :; done";
    expect(await says(machine, `grep -c ' /srv/data ' /proc/self/mountinfo; ${ended}`)).toBe("1\n");
    expect((await machine.manager.connections(1)).established).toContainEqual({ ...data, interface: "mount", auto: true });
    expect(await asked(machine, { action: "disconnect", ...data })).toBe("done");
    expect(await says(machine, "grep -c ' /srv/data ' /proc/self/mountinfo")).toBe("0\n");
  });

  test("what came from another's mount goes with that one, and follows it", async () => {
    const operators = join(sources, "data");
    mkdirSync(join(operators, "part"), { recursive: true });
    writeFileSync(join(operators, "part/one"), "the operator's\n");
    const machine = await made("a1");
    const data = { plug: "a:data", slot: "system:mount" };
    const part = { plug: "a:lib", slot: "b:part" };
    const see = "cat /srv/lib/one 2>&1; grep -cE ' /srv/lib ' /proc/self/mountinfo";
    expect(await asked(machine, { action: "remount", plug: "a:data", source: operators })).toBe("done");
    expect(await asked(machine, { action: "connect", ...part })).toBe("done");
    expect(await says(machine, see)).toBe("the operator's\n1\n");
    expect(await asked(machine, { action: "remount", plug: "a:data" })).toBe("done");
    expect(await says(machine, see)).toMatch(/No such file or directory\n0\n$/);
    expect(machine.manager.warnings.all().map(({ message }) => message)).toEqual([
      expect.stringContaining("a:lib isn't connected: /srv/data/part of the seat can't be mounted at /srv/lib, it isn't there"),
    ]);

    expect(await asked(machine, { action: "remount", plug: "a:data", source: operators })).toBe("done");
    expect(await says(machine, see)).toBe("the operator's\n1\n");
    await says(machine, "cd /srv/lib && setsid -f sleep 4322 >/dev/null 2>&1");
    expect(await asked(machine, { action: "disconnect", ...data })).toBe("error");
    expect((await machine.ended("disconnect")).error).toContain("What is mounted at /srv/lib is in use");
    expect((await machine.manager.connections(1)).established).toContainEqual({ ...data, interface: "mount", auto: true });
    await says(machine, "pkill -f '[s]leep 4322'; while pgrep -f '[s]leep 4322' >/dev/null; do :; done");
    expect(await asked(machine, { action: "disconnect", ...data })).toBe("done");
    expect(await says(machine, see)).toMatch(/No such file or directory\n0\n$/);
  });

  test("a program in a mount that stays as it is holds no other change back, though what it sees is read-only", async () => {
    const machine = await made("a1");
    expect(await asked(machine, { action: "connect", plug: "a:lib", slot: "b:files" })).toBe("done");
    const id = "grep ' /srv/lib ' /proc/self/mountinfo | cut -d ' ' -f 1,6";
    const before = await says(machine, id);
    expect(before).toMatch(/^\d+ ro,/);
    await says(machine, "cd /srv/lib && setsid -f sleep 4323 >/dev/null 2>&1");
    expect(await asked(machine, { action: "disconnect", plug: "a:data", slot: "system:mount" })).toBe("done");
    expect(await says(machine, id)).toBe(before);
    expect(machine.manager.warnings.all()).toEqual([]);
  });
});
