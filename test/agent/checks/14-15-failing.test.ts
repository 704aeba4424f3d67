import { describe, expect, test } from "bun:test";
import { KEY_LABEL } from "../../../agent/seats/docker/layers/layers.ts";
import { machineLabels, SEAT_LABEL, seatObject } from "../../../agent/seats/docker/names.ts";
import { builderIsConnected } from "../../../agent/seats/docker/network/network.ts";
import { canRunDocker } from "../../support/dockerd.ts";
import { type Layered, layeredMachines, type OwnSdks } from "../../support/layered.ts";
import { until } from "../../support/until.ts";

const TEN = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
/** Ten of them fit where tests run. */
const SMALL = { memory: 256 * 1024 ** 2, cpus: 0.5, disk: 64 * 1024 ** 2 };
const HOOK = "hooks/setup-base";
const HEALTHY = "workshopctl set-health okay";
const NOT_FOUR = `if [ "$(hostname)" = seat-04 ]; then workshopctl set-health error "This is seat four."; else ${HEALTHY}; fi`;

const sdks = (b: string, health = HEALTHY): OwnSdks => ({
  a: { [HOOK]: "echo a >/opt/a", "hooks/check-health": health },
  b: { [HOOK]: b },
});

describe.skipIf(!canRunDocker)("checks 14 and 15: a refresh of ten seats that fails (needs root, dockerd, iptables)", () => {
  const here = layeredMachines();
  const docker = () => here.docker.docker;
  const says = async (machine: Layered, seat: number, command: string) =>
    (await (await machine.ready(seat)).exec(["sh", "-c", command])).stdout;
  const ofAll = <T>(look: (seat: number) => Promise<T>): Promise<T[]> => Promise.all(TEN.map(look));
  const idsOf = (machine: Layered) =>
    ofAll(async (seat) => (await docker().inspectContainer(seatObject(machine.machine, seat)))?.Id ?? "");
  const refreshed = async (machine: Layered, own: OwnSdks) => {
    await machine.want(TEN, own);
    await machine.manager.ask(TEN, { action: "refresh" });
    return machine.ended("refresh");
  };

  test("check 14: by b's setup-base: all go on as they are, with their programs; check 15: by one's health: it goes back alone", async () => {
    const machine = await here.make({ settings: SMALL });
    await machine.want(TEN, sdks("echo b1 >/opt/b"));
    await ofAll((seat) => says(machine, seat, "echo drift >/tmp/drift; echo work >/workspace/work"));
    // A learner has a terminal open in each.
    for (const seat of TEN) await (await machine.ready(seat)).attach({ cols: 80, rows: 24 });
    const shells = () => ofAll((seat) => says(machine, seat, "ps -eo pid=,comm= | grep -E 'tmux: server|bash'"));
    await until("their shells", async () => (await shells()).every((all) => /tmux: server[\s\S]*bash/.test(all)));
    const [before, ids] = [await shells(), await idsOf(machine)];

    const mark = crypto.randomUUID().slice(0, 8);
    const say = 'for i in $(seq 20); do echo "line $i"; done; exit 3';
    const failed = await refreshed(machine, { [`n${mark}`]: { [HOOK]: "echo new >/opt/n" }, ...sdks(say) });
    expect([failed.status, failed.error]).toEqual(["error", "Install project-b: setup-base of b ended with 3."]);
    const task = failed.tasks.find(({ status }) => status === "error");
    expect(task?.log).toEqual([...Array.from({ length: 10 }, (_, i) => `line ${i + 11}`), "setup-base of b ended with 3."]);
    expect(await machine.manager.taskLog(failed.id, task?.id ?? "").text()).toStartWith("line 1\nline 2\n");
    const kept = "cat /opt/b /tmp/drift /workspace/work";
    expect(await ofAll((seat) => says(machine, seat, kept))).toEqual(TEN.map(() => "b1\ndrift\nwork\n"));
    expect(await idsOf(machine)).toEqual(ids);
    expect(await shells()).toEqual(before);
    // What is whole of the layers stays for the next try, and nothing else.
    expect((await docker().listImages(KEY_LABEL)).filter(({ RepoTags }) => RepoTags?.join().includes(`n${mark}`))).toHaveLength(
      1,
    );
    await onlyTheSeats(machine);
    // It isn't tried again by itself.
    await machine.manager.ensure();
    expect(machine.manager.changes("all").filter(({ kind }) => kind === "refresh")).toHaveLength(1);

    const alone = await refreshed(machine, sdks("echo b2 >/opt/b", NOT_FOUR));
    expect([alone.status, alone.error]).toEqual(["error", "Check the health of seat 04: a is in error: This is seat four."]);
    const others = TEN.filter((seat) => seat !== 4);
    const nine = await Promise.all(others.map((seat) => says(machine, seat, kept)));
    expect(nine).toEqual(others.map(() => "b2\ndrift\nwork\n"));
    expect(await says(machine, 4, kept)).toBe("b1\ndrift\nwork\n");
    const same = (await idsOf(machine)).map((id, i) => id === ids[i]);
    expect(same).toEqual(TEN.map((seat) => seat === 4));
    expect(TEN.map((seat) => machine.manager.status(seat))).toEqual(TEN.map(() => "ready"));
    await onlyTheSeats(machine);
  });

  async function onlyTheSeats(machine: Layered): Promise<void> {
    const left = await docker().listContainers(machineLabels(machine.machine));
    expect(left.map(({ Labels }) => Number(Labels[SEAT_LABEL])).toSorted((a, b) => a - b)).toEqual(TEN);
    expect(builderIsConnected(machine.machine)).toBe(false);
  }
});
