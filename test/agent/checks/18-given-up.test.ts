/** Changes that wait over a kill -9 of their agent: given up (check 18), or let go on (check 17). */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ChangesMade, Workshop } from "../../../agent/contract/api.ts";
import type { ChangeView } from "../../../agent/contract/changes.ts";
import { KEY_LABEL } from "../../../agent/seats/docker/layers/layers.ts";
import { machineLabels, SEAT_LABEL, seatObject } from "../../../agent/seats/docker/names.ts";
import { bridgedSeats } from "../../../agent/seats/docker/network/network.ts";
import { type DockerApi, startDockerApi } from "../../support/docker-api.ts";
import { canRunDocker, type PrivateDocker, startDocker } from "../../support/dockerd.ts";
import type { OwnSdks } from "../../support/layered.ts";
import { until } from "../../support/until.ts";

const FAILS = "echo not mended; exit 3\n";
/** Built each time: a machine that built something has its caches, which stay. */
const MARK = crypto.randomUUID();
const sdks = (b: OwnSdks[string]): OwnSdks => ({ a: { "hooks/setup-base": `echo ${MARK} >/opt/a\n` }, b });

describe.skipIf(!canRunDocker)("checks 17 and 18: what waits, over a kill -9 (needs root, dockerd, iptables)", () => {
  let docker: PrivateDocker;
  let machine: DockerApi;
  beforeAll(async () => {
    docker = await startDocker();
    machine = await startDockerApi(docker);
    await machine.want([1, 2], sdks({ "hooks/setup-base": "echo b1 >/opt/b\n" }));
    await machine.agent.ready();
  });
  afterAll(async () => {
    await machine?.end();
    await docker?.stop();
  });

  const name = () => machine.agent.document.machine;
  const seat = async (number: number) => (await machine.api.ask(`/v1/workshops/0${number}`)).body as Workshop;
  const idOf = async (number: number) => (await docker.docker.inspectContainer(seatObject(name(), number)))?.Id;
  const post = async (body: object) => ((await machine.api.post("/v1/workshops", body)).body as ChangesMade).changes[0] ?? "";
  const over = async (change: string) => (await machine.api.ask(`/v1/changes/${change}/wait`)).body as ChangeView;
  const says = async (number: number, ...argv: string[]) => {
    const exec = await machine.api.exec(`0${number}`, argv);
    await exec.ended;
    return exec.shown();
  };

  /** Asked for, waiting, its agent killed and another one there: it waits on. */
  async function waiting(number: number, action: string): Promise<string> {
    const change = await post({ action, seats: [number], mode: "wait-on-error" });
    const waits = () => until("the seat to wait", async () => (await seat(number)).status === "waiting");
    await waits();
    await machine.agent.kill();
    await machine.agent.start();
    await waits();
    expect((await seat(number)).change).toBe(change);
    return change;
  }

  test("check 18: a launch that is given up leaves its seat off: no container, builder, volume, network or disk of it", async () => {
    await over(await post({ action: "remove", seats: [1] }));
    const all = async () => ({
      containers: (await docker.docker.listContainers(machineLabels(name()))).map(({ Labels }) => Labels[SEAT_LABEL]),
      volumes: (await docker.docker.listVolumes({})).map(({ Name }) => Name).toSorted(),
      networks: await bridgedSeats(name()),
      disks: [1, 2].map((number) => existsSync(join(machine.agent.directory, "seats", `0${number}`))),
    });
    const before = await all();
    expect(before).toMatchObject({ containers: ["2"], networks: [2], disks: [false, true] });
    await machine.want([1, 2], sdks({ "hooks/setup-project": FAILS }));
    const change = await waiting(1, "launch");
    expect((await all()).disks).toEqual([true, true]);
    expect((await machine.api.post(`/v1/changes/${change}`, { action: "abort" })).status).toBe(200);
    expect((await over(change)).status).toBe("undone");
    expect((await seat(1)).status).toBe("off");
    expect(await all()).toEqual(before);
    expect((await seat(2)).status).toBe("ready");
  });

  test("check 18: a refresh that is given up leaves the seat that was there, the same container with its programs' files", async () => {
    await says(2, "sh", "-c", "echo drift >/tmp/drift");
    const id = await idOf(2);
    await machine.want([1, 2], sdks({ "hooks/setup-project": FAILS }));
    const change = await waiting(2, "refresh");
    expect(await idOf(2)).not.toBe(id as string);
    await machine.api.post(`/v1/changes/${change}`, { action: "abort" });
    expect((await over(change)).status).toBe("undone");
    expect([(await seat(2)).status, await idOf(2)]).toEqual(["ready", id]);
    expect(await says(2, "cat", "/opt/b", "/tmp/drift")).toBe("b1\r\ndrift\r\n");
    expect(await docker.docker.listContainers(machineLabels(name()))).toHaveLength(1);
  });

  test("check 17: one that waited over the kill runs its hook once more when it is let go on, and shares no layer", async () => {
    const mark = crypto.randomUUID();
    const needing = `echo run >>/var/cache/npm/runs; test -e /var/cache/npm/mended; echo ${mark} >/opt/b\n`;
    await machine.want([1, 2], sdks({ "hooks/setup-base": needing }));
    const change = await waiting(2, "refresh");
    const caches = await docker.docker.listVolumes(machineLabels(name()));
    const cache = caches.find(({ Name }) => Name.endsWith("-project-npm"))?.Mountpoint ?? "";
    const runs = () => readFileSync(join(cache, "runs"), "utf8");
    expect(runs()).toBe("run\n");
    const tags = async () => (await docker.docker.listImages(KEY_LABEL)).flatMap(({ RepoTags }) => RepoTags ?? []).toSorted();
    const shared = await tags();
    writeFileSync(join(cache, "mended"), "");
    await machine.api.post(`/v1/changes/${change}`, { action: "continue" });
    expect((await over(change)).status).toBe("done");
    expect((await seat(2)).status).toBe("ready");
    expect([runs(), await says(2, "cat", "/opt/b"), await tags()]).toEqual(["run\nrun\n", `${mark}\r\n`, shared]);
  });
});
