import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Changes, ChangesMade, Workshop, Workshops } from "../../../agent/contract/api.ts";
import type { ChangeView } from "../../../agent/contract/changes.ts";
import { seatObject } from "../../../agent/seats/docker/names.ts";
import { type DockerApi, startDockerApi } from "../../support/docker-api.ts";
import { canRunDocker, type PrivateDocker, startDocker } from "../../support/dockerd.ts";

const SDKS = { a: { "hooks/setup-base": "echo a >/opt/a\n" }, b: { "hooks/setup-project": "echo b >/workspace/b\n" } };

describe.skipIf(!canRunDocker)("checks 6 and 7: what a launch looks like from outside (needs root, dockerd, iptables)", () => {
  let docker: PrivateDocker;
  let machine: DockerApi;
  beforeAll(async () => {
    docker = await startDocker();
    machine = await startDockerApi(docker);
    await machine.want([1, 2], SDKS);
    await machine.agent.ready();
  });
  afterAll(async () => {
    await machine?.end();
    await docker?.stop();
  });

  const statusOf = async (seat: number) =>
    ((await machine.api.ask("/v1/workshops")).body as Workshops).workshops.find((one) => one.seat === seat)?.status;
  const over = async (answer: { body: unknown }): Promise<ChangeView> => {
    const [id] = (answer.body as ChangesMade).changes;
    return (await machine.api.ask(`/v1/changes/${id}/wait`)).body as ChangeView;
  };

  /** Every status that a seat has from now until its change is over, each once. */
  async function statusesDuring(seat: number, begin: () => Promise<{ body: unknown }>): Promise<(string | undefined)[]> {
    const seen = [await statusOf(seat)];
    let going = true;
    const look = async () => {
      while (going) {
        const now = await statusOf(seat);
        if (now !== seen.at(-1)) seen.push(now);
      }
    };
    const looking = look();
    expect((await over(await begin())).status).toBe("done");
    going = false;
    await looking;
    seen.push(await statusOf(seat));
    return seen.filter((status, i) => status !== seen[i - 1]);
  }

  test("check 6: a seat is off, pending, stopped and ready, and there is one change, done", async () => {
    expect((await over(await machine.api.post("/v1/workshops", { action: "remove", seats: [1] }))).status).toBe("done");
    const { changes: before } = (await machine.api.ask("/v1/changes")).body as Changes;
    const seen = await statusesDuring(1, () => machine.api.post("/v1/workshops", { action: "launch", seats: [1] }));
    expect(seen).toEqual(["off", "pending", "stopped", "ready"]);
    const { changes } = (await machine.api.ask("/v1/changes")).body as Changes;
    const since = changes.filter(({ id }) => !before.some((one) => one.id === id));
    expect(since.map(({ kind, status }) => `${kind} ${status}`)).toEqual(["launch done"]);
    expect(await statusOf(2)).toBe("ready");
  });

  test("check 7: launched without a start a seat ends stopped and stays so, and is ready when it is started", async () => {
    const ask = (action: string, more = {}) => machine.api.post("/v1/workshops", { action, seats: [1], ...more });
    await over(await ask("remove"));
    const seen = await statusesDuring(1, () => ask("launch", { start: false }));
    expect(seen).toEqual(["off", "pending", "stopped"]);
    const { body } = await machine.api.ask("/v1/workshops/01");
    expect((body as Workshop).operations).toContain("start");
    // It was made whole, and what looks after seats leaves it alone, a new agent too.
    await machine.agent.kill();
    await machine.agent.start();
    // Asking for what is so already makes it look at all.
    expect((await ask("stop")).body).toEqual({ changes: [], message: "No updates." });
    const name = seatObject(machine.agent.document.machine, 1);
    expect((await docker.docker.inspectContainer(name))?.State.Running).toBe(false);
    expect(await statusOf(1)).toBe("stopped");
    expect(await statusesDuring(1, () => ask("start"))).toEqual(["stopped", "pending", "ready"]);
    const exec = await machine.api.exec("01", ["cat", "/opt/a", "/workspace/b"]);
    expect([await exec.ended, exec.shown()]).toEqual([{ type: "exit", code: 0 }, "a\r\nb\r\n"]);
  });

  test("launching what is there changes nothing", async () => {
    const answer = await machine.api.post("/v1/workshops", { action: "launch" });
    expect(answer).toEqual({ status: 200, body: { changes: [], message: "No updates." } });
  });
});
