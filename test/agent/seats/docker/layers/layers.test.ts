import { describe, expect, test } from "bun:test";
import { canRunDocker } from "../../../../support/dockerd.ts";
import { layeredMachines } from "../../../../support/layered.ts";

const HOOK = "hooks/setup-base";

describe.skipIf(!canRunDocker)("layers of SDKs (needs root, dockerd, iptables)", () => {
  const here = layeredMachines();

  /** Commits that Docker tells of while `work` goes on, of whatever machine. */
  async function commits(work: () => Promise<void>): Promise<number> {
    const stop = new AbortController();
    let count = 0;
    const counting = (async () => {
      for await (const { Action, Actor } of here.docker.docker.events({ "clarateach.machine": "" }, stop.signal)) {
        if (Action === "commit") count++;
        if (Actor.Attributes["clarateach.machine"] === "told") return;
      }
    })();
    await work();
    // Docker tells in order: of what is made now after all commits.
    const last = await here.docker.docker.createContainer(`last-${token().slice(0, 8)}`, {
      ...{
        Image: here.docker.image,
        Hostname: "x",
        User: "0:0",
        WorkingDir: "/",
        Env: [],
        Labels: { "clarateach.machine": "told" },
      },
      ...{ Entrypoint: [], Cmd: ["true"], HostConfig: {} },
    });
    await counting;
    stop.abort();
    await here.docker.docker.removeContainer(last);
    return count;
  }

  const token = () => crypto.randomUUID();

  test("more SDKs than an image has room for are refused when a refresh is asked for or planned: nothing is begun", async () => {
    const machine = await here.make();
    await machine.want([1], {});
    await machine.ready(1);
    const changes = machine.manager.changes("all").length;
    await machine.want([1], Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`sdk${i}`, {}])));
    const why = /^The image has \d+ layers and the definition 121 SDKs, each of which is one more: 120 are the most\./;
    await expect(machine.manager.plan([1])).rejects.toThrow(why);
    await expect(machine.manager.ask([1], { action: "refresh" })).rejects.toThrow(why);
    expect(machine.manager.changes("all")).toHaveLength(changes);
    expect(machine.manager.status(1)).toBe("ready");
  });

  test("Docker tells of one commit a SDK at the first launch, for all seats together; of none at the second; of one after a byte of the last SDK", async () => {
    const machine = await here.make();
    const [one, two] = [`echo ${token()} > /opt/one`, `cat /opt/one > /opt/two; echo ${token()} >> /opt/two`];
    const sdks = { one: { [HOOK]: one }, two: { [HOOK]: two } };
    const first = await commits(async () => {
      await machine.want([1, 2, 3], sdks);
      for (const seat of [1, 2, 3]) await machine.ready(seat);
    });
    // The agent's own "system" may be there from another test.
    expect([2, 3]).toContain(first);
    const seat = await machine.ready(2);
    expect((await seat.exec(["cat", "/opt/two"])).stdout.split("\n").length).toBe(3);
    expect((await seat.exec(["ls", "/var/lib/workshop/sdk/one/hooks"])).stdout).toBe("setup-base\n");
    expect((await seat.exec(["touch", "/var/lib/workshop/sdk/one/mine"])).stderr).toContain("Read-only");
    expect(
      await commits(async () => {
        await machine.want([1, 2, 3, 4], sdks);
        await machine.ready(4);
      }),
    ).toBe(0);
    expect(
      await commits(async () => {
        await machine.want([1, 2, 3, 4, 5], { ...sdks, two: { [HOOK]: `${two} # a byte` } });
        await machine.ready(5);
      }),
    ).toBe(1);
  });
});
