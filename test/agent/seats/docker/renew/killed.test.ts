/** kill -9 of the agent at the boundaries of tasks: a change ends done or undone, one container a seat, nothing forgotten. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Ask } from "../../../../../agent/seats/asks.ts";
import { KEY_LABEL } from "../../../../../agent/seats/docker/layers/layers.ts";
import { machineLabels, seatObject } from "../../../../../agent/seats/docker/names.ts";
import { makeSeat, prepare, renewSeat } from "../../../../../agent/seats/docker/request.ts";
import { canRunDocker } from "../../../../support/dockerd.ts";
import { type Layered, layeredMachines, type OwnSdks } from "../../../../support/layered.ts";
import { sampled } from "../../../../support/sample.ts";
import { until } from "../../../../support/until.ts";

const AGENT = join(import.meta.dir, "../../../../support/dying-agent.ts");
const WAIT = 900_000;

const OWN = "  - name: system\n    source: system\n  - name: a\n    source: project\n";
const WISH = {
  ...{ seat: 1, generation: 1, freshSince: 1, workshop: "w" },
  ...{ definition: `name: own\nbase: debian@12\nsdks:\n${OWN}`, definitionArchive: "0" },
};
const NOTED = { kind: "seat/record", summary: "", data: null };
/** Of the runtime's tasks, each once: a new one is killed at, too. */
const kindsOf = (tasks: readonly { kind: string }[]): string[] =>
  [...new Set(tasks.map(({ kind }) => kind))].flatMap((kind) => /^docker\/(.*)/.exec(kind)?.[1] ?? []);
const MAKING = kindsOf([...prepare([WISH]), ...makeSeat(WISH)]);
const RENEWING = kindsOf([...prepare([WISH]), ...renewSeat(WISH, "refresh", NOTED)]);
const GOING_BACK = ["renew-container", "resolve-interfaces", "fresh-home", "stash-container", "save-state"];

/** Before a handler's first step and after its last one, before that is written down. */
const boundaries = (what: "do" | "undo", kinds: readonly string[]): string[] =>
  kinds.flatMap((kind) => [`before ${what} docker/${kind}`, `${what} docker/${kind}`]);
/** When a kind's work is done and nobody lived to note that, which is where a thing may happen twice: `most` kinds, others in another run. */
const some = (all: readonly string[], most: number): readonly string[] =>
  process.env.TEST_FULL
    ? all
    : sampled(
        all.filter((at) => !at.startsWith("before ")),
        most,
      );

const sdks = (b: string, health = "workshopctl set-health okay"): OwnSdks => ({
  a: {
    "hooks/save-state": `if [ -e /workspace/work ]; then cp /workspace/work "$SDK_STATE_DIR"; fi\n`,
    "hooks/setup-project": "echo set >~/set-up\n",
    "hooks/restore-state": `if [ -e "$SDK_STATE_DIR/work" ]; then cp "$SDK_STATE_DIR/work" /workspace/back; fi\n`,
    "hooks/check-health": `${health}\n`,
  },
  b: { "hooks/setup-base": `echo ${b} >/opt/b\n` },
});
const UNHEALTHY =
  'if [ -e /workspace/work ]; then workshopctl set-health error "It has work already."; else workshopctl set-health okay; fi';

describe.skipIf(!canRunDocker)("check 28: the agent is killed (needs root, dockerd, iptables)", () => {
  const machines = layeredMachines();

  /** @param ask what the agent is asked for first */
  async function killAt(machine: Layered, at: string, ask?: Ask): Promise<void> {
    const { directory, machine: name, settings, document } = machine;
    const wish = {
      directory,
      machine: name,
      settings,
      ask,
      at,
      document: { ...document, revision: (document?.revision ?? 0) + 1 },
    };
    const agent = Bun.spawn([process.execPath, AGENT, JSON.stringify(wish)], { stdio: ["ignore", "inherit", "inherit"] });
    await agent.exited;
    expect([at, agent.signalCode]).toEqual([at, "SIGKILL"]);
  }

  /** One container, made of what it should be, and nothing of a change that is over. */
  async function isWhole(machine: Layered, b: string): Promise<void> {
    const seat = await machine.ready(1);
    expect((await seat.exec(["cat", "/opt/b"])).stdout).toBe(`${b}\n`);
    const { docker } = machines.docker;
    expect(await docker.listContainers(machineLabels(machine.machine))).toHaveLength(1);
    const untagged = (await docker.listImages(KEY_LABEL)).filter(({ RepoTags }) => !RepoTags || RepoTags.length === 0);
    expect(untagged).toEqual([]);
    const left = ["home.aside", "tmp.aside", "state/sdk"].filter((name) => existsSync(join(seat.workspace, "..", name)));
    expect(left).toEqual([]);
  }

  test.each(some(boundaries("do", MAKING), 3))(
    "a seat is made: %s",
    async (at) => {
      // No layer of it is there from another turn.
      const b = crypto.randomUUID();
      const machine = await machines.make();
      await machine.close();
      await machine.want([1], sdks(b));
      await killAt(machine, at);
      await machine.open();
      await isWhole(machine, b);
    },
    WAIT,
  );

  test(
    "a seat is refreshed, or goes back",
    async () => {
      const machine = await machines.make();
      const mark = crypto.randomUUID();
      await machine.want([1], sdks(`${mark}-0`));
      await (await machine.ready(1)).exec(["sh", "-c", "echo mine >/workspace/work; echo kept >~/kept"]);
      let turn = 0;
      for (const at of some(boundaries("do", RENEWING), 3)) {
        await machine.close();
        await machine.want([1], sdks(`${mark}-${++turn}`));
        await killAt(machine, at, { action: "refresh" });
        await machine.open();
        expect([at, (await machine.ended("refresh")).status]).toEqual([at, "done"]);
        await isWhole(machine, `${mark}-${turn}`);
      }
      await becomesUnhealthy(machine, `${mark}-${turn}`);
      for (const at of some(boundaries("undo", GOING_BACK), 2)) {
        await machine.close();
        await killAt(machine, at, { action: "restore" });
        await machine.open();
        const ended = await machine.ended("restore");
        expect([at, ended.status, ended.error]).toEqual([at, "error", expect.stringContaining("It has work already.")]);
        await isWhole(machine, `${mark}-${turn}`);
        expect((await (await machine.ready(1)).exec(["sh", "-c", "cat ~/kept /workspace/work"])).stdout).toBe("kept\nmine\n");
      }
    },
    WAIT,
  );

  test(
    "a seat's connections are changed",
    async () => {
      const machine = await machines.make();
      const plug = "  data: {interface: mount, workshop-target: /srv/data, uid: 1000}\n";
      await machine.want([1], { a: { "sdk.yaml": `name: a\nplugs:\n${plug}` } });
      await (await machine.ready(1)).exec(["sh", "-c", "echo mine >/srv/data/work"]);
      const seen = async () => (await (await machine.ready(1)).exec(["sh", "-c", "cat /srv/data/work || echo none"])).stdout;
      const pair = { plug: "a:data", slot: "system:mount" };
      for (const at of boundaries("do", ["connect-seat"]))
        for (const [action, found] of [
          ["disconnect", "none\n"],
          ["connect", "mine\n"],
        ] as const) {
          await machine.close();
          await killAt(machine, at, { action, ...pair });
          await machine.open();
          expect([at, (await machine.ended(action)).status, await seen()]).toEqual([at, "done", found]);
        }
      // A seat that ended meanwhile can't be said to be ready: what was changed goes back.
      await machine.close();
      await killAt(machine, "do docker/connect-seat", { action: "disconnect", ...pair });
      await machines.docker.docker.stopContainer(seatObject(machine.machine, 1));
      const before = machine.manager.changes("all").length;
      await machine.open();
      expect((await machine.ended("disconnect")).status).toBe("error");
      await until("the repair to end", () => machine.manager.changes("ready").length > before + 1);
      expect([await seen(), (await machine.manager.connections(1)).undesired]).toEqual(["mine\n", []]);
    },
    WAIT,
  );

  /** It is healthy only while it has no work. */
  async function becomesUnhealthy(machine: Layered, b: string): Promise<void> {
    const shell = async (command: string) => void (await (await machine.ready(1)).exec(["sh", "-c", command]));
    await shell("mv /workspace/work /workspace/away");
    await machine.want([1], sdks(b, UNHEALTHY));
    await machine.manager.ask([1], { action: "refresh" });
    expect((await machine.ended("refresh")).status).toBe("done");
    await shell("mv /workspace/away /workspace/work");
  }
});
