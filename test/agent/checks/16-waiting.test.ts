/** Checks 16 and 19: a change that waits for a person. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Changes, ChangesMade, Workshop } from "../../../agent/contract/api.ts";
import type { ChangeView } from "../../../agent/contract/changes.ts";
import { type DockerApi, startDockerApi } from "../../support/docker-api.ts";
import { canRunDocker, type PrivateDocker, startDocker } from "../../support/dockerd.ts";
import { until } from "../../support/until.ts";

const HOOK = "hooks/setup-project";
const sdks = (hook: string) => ({ a: { "hooks/setup-base": "echo a >/opt/a\n" }, b: { [HOOK]: hook } });

describe.skipIf(!canRunDocker)("changes that wait, and programs in seats (need root, dockerd, iptables)", () => {
  let docker: PrivateDocker;
  let machine: DockerApi;
  beforeAll(async () => {
    docker = await startDocker();
    machine = await startDockerApi(docker);
    await machine.want([1, 2], sdks("true\n"));
    await machine.agent.ready();
  });
  afterAll(async () => {
    await machine?.end();
    await docker?.stop();
  });

  const seat = async (number: number) => (await machine.api.ask(`/v1/workshops/0${number}`)).body as Workshop;

  test("check 19: where nothing waits, continue and abort are refused and nothing changes", async () => {
    const { api } = machine;
    const { changes } = (await api.ask("/v1/changes")).body as Changes;
    const [{ id = "" } = {}] = changes;
    for (const action of ["continue", "abort"]) {
      const answer = await api.post(`/v1/changes/${id}`, { action });
      expect(answer.status).toBe(409);
      expect(answer.body).toMatchObject({ error: { message: expect.stringContaining("is over: nothing waits in it.") } });
      expect((await api.post("/v1/changes/999999", { action })).status).toBe(404);
    }
    expect((await api.ask("/v1/changes")).body).toEqual({ changes });
    expect((await seat(1)).status).toBe("ready");
  });

  test("check 16: a failing hook waits; programs run inside, and all else is refused with the change", async () => {
    const { api } = machine;
    await machine.want([1, 2], sdks("test -e /workspace/mended || { echo not mended; exit 3; }\n"));
    const answer = await api.post("/v1/workshops", { action: "refresh", seats: [1], mode: "wait-on-error" });
    expect(answer.status).toBe(202);
    const [change = ""] = (answer.body as ChangesMade).changes;
    const waiting = await until("the seat to wait", async () => {
      const now = await seat(1);
      return now.status === "waiting" ? now : undefined;
    });
    expect(waiting).toMatchObject({ change, operations: expect.arrayContaining(["continue", "abort", "exec"]) });
    expect(waiting.notes.join()).toContain("Set up the project of seat 01");
    // Longer than Bun lets a call be quiet by itself.
    expect((await api.ask(`/v1/changes/${change}/wait?timeout=15`)).status).toBe(504);

    for (const action of ["refresh", "restore", "stop"]) {
      const refused = await api.post("/v1/workshops", { action, seats: [1] });
      expect(refused.status).toBe(409);
      expect(refused.body).toMatchObject({ error: { details: { change, kind: "refresh", seat: 1 } } });
    }
    expect((await seat(2)).status).toBe("ready");

    const exec = await api.exec("01", ["sh", "-c", "id -un; touch /workspace/mended"]);
    expect(await exec.ended).toEqual({ type: "exit", code: 0 });
    expect(exec.shown()).toBe("learner\r\n");
    expect((await api.post(`/v1/changes/${change}`, { action: "continue" })).status).toBe(200);
    expect((await api.ask(`/v1/changes/${change}/wait`)).body as ChangeView).toMatchObject({ status: "done" });
    expect((await seat(1)).status).toBe("ready");
  });

  test("what a program prints comes whole, and what it left in the background holds nobody up", async () => {
    const exec = await machine.api.exec("02", ["sh", "-c", "seq 300000; (sleep 300 &) ; exit 5"]);
    expect(await exec.ended).toEqual({ type: "exit", code: 5 });
    const lines = exec.shown().split("\r\n");
    expect([lines.length, lines.at(-2)]).toEqual([300_001, "300000"]);
  });

  test("a program is held back by a viewer that doesn't read, and goes on when it does", async () => {
    const counting = 'i=0; while :; do i=$((i+1)); printf "%1000s\\n" $i; echo $i >/workspace/count; done';
    const viewer = await machine.api.slowExec("02", ["bash", "-c", counting]);
    // The file is empty for a moment each time.
    const count = () => until("a count", async () => (await machine.api.exec("02", ["cat", "/workspace/count"])).readNumber());
    const still = await standsStill(count);
    // What all buffers on the way hold: a kernel's sockets, the daemon's, and Bun's until it says stop.
    expect(still).toBeLessThan(20_000);
    viewer.read();
    await until("it to go on", async () => (await count()) > 2 * still);
    viewer.close();
  });

  test("no container sees the socket, and no learner of it could open it", async () => {
    const { directory } = machine.agent;
    const look = `ls ${directory}; find / -name agent.socket 2>/dev/null; mount | grep -c ${directory}/agent`;
    const exec = await machine.api.exec("02", ["sh", "-c", look]);
    await exec.ended;
    expect(exec.shown()).toContain("No such file or directory");
    expect(exec.shown()).not.toContain("agent.socket");
  });
});

/** A count once it hasn't gone on over thirty looks. */
async function standsStill(count: () => Promise<number>): Promise<number> {
  let [last, same] = [0, 0];
  await until("the count to stand still", async () => {
    const now = await count();
    same = now === last ? same + 1 : 0;
    last = now;
    return same >= 30;
  });
  return last;
}
