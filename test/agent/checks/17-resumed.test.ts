import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KEY_LABEL } from "../../../agent/seats/docker/layers/layers.ts";
import { OWN_LABEL } from "../../../agent/seats/docker/layers/own.ts";
import { machineLabels, seatObject } from "../../../agent/seats/docker/names.ts";
import { canRunDocker } from "../../support/dockerd.ts";
import { type Layered, layeredMachines, type OwnSdks } from "../../support/layered.ts";
import { until } from "../../support/until.ts";

const HOOK = "hooks/setup-base";

describe.skipIf(!canRunDocker)("check 17: what waits is let go on (needs root, dockerd, iptables)", () => {
  const here = layeredMachines();
  const docker = () => here.docker.docker;
  const shared = async () => (await docker().listImages(KEY_LABEL)).flatMap(({ RepoTags }) => RepoTags ?? []).toSorted();
  const own = async (machine: Layered) =>
    (await docker().listUnnamedImages({ [OWN_LABEL]: machine.machine })).map(({ Id }) => Id);
  const imageOf = async (machine: Layered, seat: number) =>
    (await docker().inspectContainer(seatObject(machine.machine, seat)))?.Image ?? "";
  const says = async (machine: Layered, seat: number, command: string) =>
    (await (await machine.ready(seat)).exec(["sh", "-c", command])).stdout;

  const first = crypto.randomUUID();
  /** What the builder reaches can be mended: here what its package cache has. */
  const needing = (mark: string) => `echo run >>/var/cache/npm/runs; test -e /var/cache/npm/mended; echo ${mark} >/opt/b`;
  const sdks = (b: string): OwnSdks => ({
    a: { [HOOK]: `echo ${first} >/opt/a` },
    b: { [HOOK]: b },
    c: { [HOOK]: "cat /opt/b >/opt/c" },
  });
  const cache = async (machine: Layered) => {
    const volumes = await docker().listVolumes(machineLabels(machine.machine));
    return volumes.find(({ Name }) => Name.endsWith("-project-npm"))?.Mountpoint ?? "";
  };

  async function waiting(): Promise<{ machine: Layered; change: string; broken: string; needs: string }> {
    const broken = crypto.randomUUID();
    const needs = needing(broken);
    const machine = await here.make();
    await machine.want([1, 2], sdks(`echo ${first} >/opt/b`));
    for (const seat of [1, 2]) await machine.ready(seat);
    await machine.want([1, 2], sdks(needs));
    const [change] = await machine.manager.ask([1], { action: "refresh", mode: "wait-on-error" });
    await until("it to wait", () => machine.manager.status(1) === "waiting");
    return { machine, change: String(change?.id), broken, needs };
  }

  test("the hook runs once more, in a fresh builder; what is built is this change's alone, and goes with its last seat", async () => {
    const { machine, change, broken, needs } = await waiting();
    const layers = await shared();
    const [runs, mended] = [join(await cache(machine), "runs"), join(await cache(machine), "mended")];
    expect(await docker().listContainers(machineLabels(machine.machine))).toHaveLength(2);
    // Over an agent that is killed it waits on.
    await machine.close();
    await machine.open();
    expect(machine.manager.status(1)).toBe("waiting");
    // The cause isn't mended yet: it waits again.
    machine.manager.continue(change);
    await until("the hook to have run again", () => readFileSync(runs, "utf8") === "run\nrun\n");
    await until("it to wait again", () => machine.manager.status(1) === "waiting");
    writeFileSync(mended, "");
    machine.manager.continue(change);
    expect((await machine.ended("refresh")).status).toBe("done");
    expect(readFileSync(runs, "utf8")).toBe("run\nrun\nrun\n");
    expect(await says(machine, 1, "cat /opt/a /opt/b /opt/c")).toBe(`${first}\n${broken}\n${broken}\n`);
    expect(await shared()).toEqual(layers);
    expect(await own(machine)).toEqual([await imageOf(machine, 1)]);

    // Nobody else is made from it: the other seat's is built anew, and shared.
    expect(await machine.manager.plan([1, 2])).toMatchObject({ seats: [{ does: "restarts" }, { does: "restarts" }] });
    await machine.manager.ask([2], { action: "refresh" });
    await until(
      "the other one to be over",
      () => machine.manager.report().changes.filter(({ kind, status }) => kind === "refresh" && status === "done").length === 2,
    );
    expect(readFileSync(runs, "utf8")).toBe("run\nrun\nrun\nrun\n");
    expect(await imageOf(machine, 2)).not.toBe(await imageOf(machine, 1));
    expect((await docker().inspectImage(await imageOf(machine, 2)))?.RepoTags).toEqual([
      expect.stringMatching(/^clarateach\/layer:c-/),
    ]);

    // The seat is started again from its own, and takes it along when it goes.
    const layer = await imageOf(machine, 1);
    await docker().removeContainer(seatObject(machine.machine, 1));
    await until("it to be missed", () => machine.manager.status(1) !== "ready");
    await machine.ready(1);
    expect(await imageOf(machine, 1)).toBe(layer);
    await machine.want([2], sdks(needs));
    await until("it to go, with what it stands on", async () => (await own(machine)).length === 0);
    expect(await docker().inspectImage(layer)).toBeUndefined();
    expect(await says(machine, 2, "cat /opt/c")).toBe(`${broken}\n`);
  });

  test("given up after it was let go on, nothing of what it built is left", async () => {
    const { machine, change, needs } = await waiting();
    const layers = await shared();
    const id = (await docker().inspectContainer(seatObject(machine.machine, 1)))?.Id ?? "";
    await machine.want([1, 2], { ...sdks(needs) });
    appendFileSync(join(await cache(machine), "mended"), "");
    machine.manager.continue(change);
    await until("it to be over its builds", () => machine.manager.status(1) !== "waiting");
    machine.manager.abort(change);
    await machine.ended("refresh");
    expect((await docker().inspectContainer(seatObject(machine.machine, 1)))?.Id).toBe(id);
    expect(await shared()).toEqual(layers);
    expect(await own(machine)).toEqual([]);
    expect(await docker().listContainers(machineLabels(machine.machine))).toHaveLength(2);
  });

  test("what another release began or made is neither let go on nor restored; a refresh is told of, and can be done", async () => {
    const { machine, change } = await waiting();
    await machine.close();
    const db = new Database(join(machine.directory, "state.sqlite"));
    db.run(`update tasks set body = replace(body, '"format":1', '"format":0')`);
    db.run(`update facts set value = replace(value, '"format":1', '"format":0') where key = 'docker/made/2'`);
    db.close();
    await machine.open();
    expect(() => machine.manager.continue(change)).toThrow("Another release began this change");
    expect(machine.manager.status(1)).toBe("waiting");
    machine.manager.abort(change);
    await machine.ended("refresh");
    await expect(machine.manager.ask([2], { action: "restore" })).rejects.toThrow("Refresh it: its work stays.");
    await machine.want([1, 2], sdks(`echo ${first} >/opt/b`));
    await machine.manager.ask([1], { action: "restore" });
    expect((await machine.ended("restore")).status).toBe("done");
  });
});
