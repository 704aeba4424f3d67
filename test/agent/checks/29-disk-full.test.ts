import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChangesMade, SystemInfo, Warnings, Workshops } from "../../../agent/contract/api.ts";
import type { ErrorBody } from "../../../agent/contract/errors.ts";
import { type DockerApi, startDockerApi } from "../../support/docker-api.ts";
import { canRunDocker, type PrivateDocker, startDocker } from "../../support/dockerd.ts";
import { until } from "../../support/until.ts";

/** What a machine keeps for itself, and a seat's disk. All of it is sparse. */
const DISK = "4G";

function shell(script: string): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["sh", "-ec", script]);
  if (exitCode !== 0) throw new Error(`${script}: ${stderr}`);
  return stdout.toString();
}

describe.skipIf(!canRunDocker)("check 29: a disk that is nearly full (needs root, dockerd, iptables)", () => {
  const place = mkdtempSync(join(tmpdir(), "ct-disk-"));
  const [image, data] = [join(place, "image"), join(place, "data")];
  const filler = join(data, "filler");
  let docker: PrivateDocker;
  let machine: DockerApi;

  beforeAll(async () => {
    docker = await startDocker();
    shell(
      `truncate -s ${DISK} ${image} && mkfs.ext4 -q -m 0 ${image} && mkdir ${data} && mount -o loop ${image} ${data} && rmdir ${data}/lost+found`,
    );
    machine = await startDockerApi(docker, { directory: data });
    await machine.want([1], { a: { "hooks/setup-base": "echo a >/opt/a\n" } });
    await machine.agent.ready();
  });
  afterAll(async () => {
    await machine?.end();
    shell(`umount ${data} || true`);
    rmSync(place, { recursive: true, force: true });
    await docker?.stop();
  });

  /** So much of it is used then. */
  const fill = (percent: number) => {
    const [size = 0, used = 0] = shell(`df --output=size,used -B1 ${data} | tail -1`).trim().split(/ +/).map(Number);
    shell(`fallocate -l ${Math.round((size * percent) / 100 - used)} ${filler}`);
  };
  const refused = async (body: object) => {
    const answer = await machine.api.post("/v1/workshops", body);
    expect(answer.status).toBe(503);
    return (answer.body as ErrorBody).error.message;
  };

  test("what takes room is refused with figures, reads answer, and it heals without a restart", async () => {
    const { api, agent } = machine;
    const pid = agent.process().pid;
    fill(92);
    for (const action of ["launch", "refresh", "restore", "start"]) {
      const message = await refused({ action });
      expect(message).toContain(`It isn't possible to ${action} a seat now. The disk of "${data}" is 9`);
      expect(message).toMatch(/ % full: 0\.\d GB of 3\.\d GB are free, and from 90 % on nothing new is begun\./);
    }
    for (const path of ["/v1/projects", "/v1/workshops", "/v1/changes", "/v1/sdks", "/v1/warnings", "/v1/system-info"])
      expect((await api.ask(path)).status).toBe(200);
    const info = (await api.ask("/v1/system-info")).body as SystemInfo;
    expect(info.degraded).toContain(`The disk of "${data}"`);
    expect(info.disks[0]?.usedPercent).toBeGreaterThanOrEqual(92);
    const { warnings } = (await api.ask("/v1/warnings")).body as Warnings;
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining(`The disk of "${data}"`)]);
    expect((await api.post("/v1/warnings", { action: "okay", until: warnings[0]?.lastAt ?? "" })).body).toEqual({ warnings: [] });

    rmSync(filler);
    expect(((await api.ask("/v1/system-info")).body as SystemInfo).degraded).toBeUndefined();
    const answer = await api.post("/v1/workshops", { action: "restore" });
    expect(answer.status).toBe(202);
    const [change] = (answer.body as ChangesMade).changes;
    expect((await api.ask(`/v1/changes/${change}/wait`)).body).toMatchObject({ kind: "restore", status: "done" });
    expect(agent.process().pid).toBe(pid);
  });

  test("stopping is possible all the same, and so is the end of the class", async () => {
    const { api, agent } = machine;
    fill(92);
    const stopped = await api.post("/v1/workshops", { action: "stop" });
    expect(stopped.status).toBe(202);
    const status = async () => ((await api.ask("/v1/workshops")).body as Workshops).workshops[0]?.status;
    await until("the seat to stop", async () => (await status()) === "stopped");
    expect((await agent.put({ phase: "ending" })).status).toBe(200);
    await until("all to be gone", async () => (await agent.report()).leftovers.directories === 0);
  });

  test("without Docker nothing is begun either, and it says so; then it comes back", async () => {
    await docker.leave();
    expect(await refused({ action: "refresh" })).toContain("Docker doesn't answer at");
    expect((await machine.api.ask("/v1/workshops")).status).toBe(200);
    await docker.comeBack();
    rmSync(filler);
    expect(((await machine.api.ask("/v1/system-info")).body as SystemInfo).degraded).toBeUndefined();
  });
});
