import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ContainerInfo } from "../../../../../agent/seats/docker/client/types.ts";
import { seatObject } from "../../../../../agent/seats/docker/names.ts";
import { canRunDocker } from "../../../../support/dockerd.ts";
import { type Layered, layeredMachines, type OwnSdks } from "../../../../support/layered.ts";
import { until } from "../../../../support/until.ts";

const SEATS = [1, 2];
/** `b` is what changes. */
const sdks = (b: string, a: Readonly<Record<string, string>> = {}): OwnSdks => ({
  a: { "hooks/setup-base": "echo a >/opt/a\n", "hooks/save-state": 'cp ~/note "$SDK_STATE_DIR/note"\n', ...a },
  b: { "hooks/setup-base": `echo ${b} >/opt/b\n` },
});

const says = async (machine: Layered, seat: number, command: string) =>
  (await (await machine.ready(seat)).exec(["sh", "-c", command])).stdout;

describe.skipIf(!canRunDocker)("seats are made again (needs root, dockerd, iptables)", () => {
  const machines = layeredMachines();
  const container = (machine: Layered, seat: number): Promise<ContainerInfo | undefined> =>
    machines.docker.docker.inspectContainer(seatObject(machine.machine, seat));
  const containers = async (machine: Layered) =>
    (await machines.docker.docker.listContainers({ "clarateach.machine": machine.machine })).length;

  async function made(b = "b1"): Promise<Layered> {
    const machine = await machines.make();
    await machine.want(SEATS, sdks(b));
    for (const seat of SEATS) await machine.ready(seat);
    for (const seat of SEATS) await says(machine, seat, "echo mine >/workspace/work; echo noted >~/note; echo drift >/tmp/drift");
    return machine;
  }

  test("a restored seat has a fresh home, its work, and what it was made from; the other goes on", async () => {
    const machine = await made();
    await machine.want(SEATS, sdks("b2"));
    await says(machine, 1, "echo 'exit 1' >~/.bashrc; mkdir ~/.broken");
    const other = (await container(machine, 2))?.Id;
    await machine.manager.ask([1], { action: "restore" });
    expect((await machine.ended("restore")).status).toBe("done");
    expect(
      await says(
        machine,
        1,
        "ls -A ~ | grep -c broken; tail -1 ~/.bashrc | grep -c 'exit 1'; ls /tmp | grep -c drift; cat /workspace/work /opt/b",
      ),
    ).toBe("0\n0\n0\nmine\nb1\n");
    expect((await container(machine, 2))?.Id).toBe(other as string);
    const disk = join(machine.directory, "seats", "01", "disk");
    expect([existsSync(join(disk, "home.aside")), existsSync(join(disk, "tmp.aside"))]).toEqual([false, false]);
  });

  test("a seat that isn't healthy goes back alone, to the container that it had, with its home", async () => {
    const machine = await made();
    const id = (await container(machine, 1))?.Id;
    const other = (await container(machine, 2))?.Id;
    const unhealthy = `if grep -q one /workspace/work; then workshopctl set-health error "This seat is number one."; else workshopctl set-health okay; fi\n`;
    await says(machine, 1, "echo one >/workspace/work; echo kept >~/kept; (sleep 1000 &) ");
    await machine.want(SEATS, sdks("b2", { "hooks/check-health": unhealthy }));
    await machine.manager.ask(SEATS, { action: "refresh" });
    const ended = await machine.ended("refresh");
    expect(ended.error).toContain("Check the health of seat 01: a is in error: This seat is number one.");
    expect(await says(machine, 1, "cat /opt/b ~/kept /tmp/drift")).toBe("b1\nkept\ndrift\n");
    expect(await says(machine, 2, "cat /opt/b")).toBe("b2\n");
    expect((await container(machine, 1))?.Id).toBe(id as string);
    expect((await container(machine, 2))?.Id).not.toBe(other as string);
    expect(await containers(machine)).toBe(2);
    // It is repaired from what it was made from, not from what failed.
    await machines.docker.docker.stopContainer(seatObject(machine.machine, 1));
    await until("it to be seen", async () => {
      await machine.manager.ensure();
      return machine.manager.status(1) !== "ready";
    });
    expect(await says(machine, 1, "cat /opt/b")).toBe("b1\n");
  });

  test("a seat that was stopped stays so, over its agent too, until somebody starts it", async () => {
    const machine = await made();
    await machine.manager.ask([1], { action: "stop" });
    await until("it to be stopped", () => machine.manager.status(1) === "stopped");
    await machine.manager.ensure();
    await machine.close();
    await machine.open();
    await machine.manager.ensure();
    expect([machine.manager.status(1), machine.manager.status(2)]).toEqual(["stopped", "ready"]);
    expect((await container(machine, 1))?.State.Running).toBe(false);
    await machine.manager.ask([1], { action: "start" });
    expect(await says(machine, 1, "cat /workspace/work ~/note")).toBe("mine\nnoted\n");
  });

  test("whoever asks while a seat is busy is told by what", async () => {
    const machine = await made();
    const [change] = await machine.manager.ask([1], { action: "restore" });
    const refused = await machine.manager.ask([1], { action: "restore" }).catch((error) => error);
    expect(refused.body.error).toMatchObject({
      code: "STATE_CONFLICT",
      details: { change: String(change?.id), kind: "restore", seat: 1 },
    });
    expect(() => machine.manager.continue(String(change?.id))).toThrow("doesn't wait for anybody");
    await machine.ended("restore");
    expect(() => machine.manager.abort(String(change?.id))).toThrow("is over");
  });

  test("a renewal that waits for a person can be let go on, or given up: then it has what it had", async () => {
    const machine = await made();
    const id = (await container(machine, 1))?.Id;
    const mark = join(machine.directory, "seats", "01", "disk", "workspace", "fine");
    const waits = { "hooks/setup-project": "test -e /workspace/fine\n" };
    await machine.want(SEATS, sdks("b2", waits));
    const [first] = await machine.manager.ask([1], { action: "refresh", mode: "wait-on-error" });
    await until("it to wait", () => machine.manager.status(1) === "waiting");
    machine.manager.abort(String(first?.id));
    await machine.ended("refresh");
    expect(await says(machine, 1, "cat /opt/b")).toBe("b1\n");
    expect((await container(machine, 1))?.Id).toBe(id as string);

    const [second] = await machine.manager.ask([1], { action: "refresh", mode: "wait-on-error" });
    await until("it to wait", () => machine.manager.status(1) === "waiting");
    // Whatever kills the agent meanwhile.
    await machine.close();
    await machine.open();
    expect(machine.manager.status(1)).toBe("waiting");
    writeFileSync(mark, "");
    machine.manager.continue(String(second?.id));
    expect((await machine.ended("refresh")).status).toBe("done");
    expect(await says(machine, 1, "cat /opt/b")).toBe("b2\n");
    expect(readFileSync(mark, "utf8")).toBe("");
  });
});
