/** What a seat has of its machine's devices, and what it hasn't for all that. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { callDocker, jsonOf } from "../../../../../agent/seats/docker/client/http.ts";
import { MASKED } from "../../../../../agent/seats/docker/container/container.ts";
import { seatObject } from "../../../../../agent/seats/docker/names.ts";
import { type FakeDevices, fakeDevices } from "../../../../support/devices.ts";
import { canRunDocker } from "../../../../support/dockerd.ts";
import { type Layered, layeredMachines } from "../../../../support/layered.ts";
import { until } from "../../../../support/until.ts";

const PLUGS = "{gpu: gpu, sound: audio, board: {interface: custom-device, subsystem: tty, vendorid: '2341'}}";
const SDKS = { a: { "sdk.yaml": `name: a\nplugs: ${PLUGS}\n` } };
const SOUND = { path: "/dev/snd/pcmC0D0p", gid: 29 };
const BOARD = { path: "/dev/ttyACM0", gid: 20 };
const TELLS = (path: string) => `if echo x >${path} && cat ${path}; then echo used; fi 2>&1`;

describe.skipIf(!canRunDocker)("check 25: devices in a seat (needs root, dockerd, iptables)", () => {
  const machines = layeredMachines();
  let fake: FakeDevices;
  beforeAll(async () => {
    fake = await fakeDevices();
    fake.node("/dev/nvidia0", 0o666);
    for (const { path, gid } of [SOUND, BOARD]) fake.node(path, 0o660, gid);
    const board = { vendorid: "2341", productid: "0043" };
    fake.plugged("pci0/usb1/1-1/1-1:1.0/tty/ttyACM0", { number: "166:0", name: "ttyACM0", subsystem: "tty", ...board });
  });
  afterAll(() => fake.end());

  const says = async (machine: Layered, seat: number, command: string) =>
    (await (await machine.ready(seat)).exec(["sh", "-c", command])).stdout;
  const hostConfigOf = async (machine: Layered, seat: number) => {
    const path = `/containers/${seatObject(machine.machine, seat)}/json`;
    const answer = await callDocker(machines.docker.socket, { what: "look", method: "GET", path });
    return (await jsonOf<{ HostConfig: Record<string, unknown> }>(answer)).HostConfig;
  };
  const connect = async (machine: Layered, plug: string, slot: string) => {
    await machine.manager.ask([1], { action: "connect", plug, slot });
    const { status, error } = await machine.ended("connect");
    expect([status, error]).toEqual(["done", undefined]);
  };

  test("they are the learner's by their groups in all that she runs, no other seat's, and no wall is lower for them", async () => {
    const machine = await machines.make({ settings: { deviceRoot: fake.root } });
    await machine.want([1, 2], SDKS);
    for (const seat of [1, 2]) await machine.ready(seat);
    // With it Docker would make the container, and then fail to start it.
    const warned = machine.manager.warnings.all().map(({ message }) => message);
    expect(warned).toEqual([1, 2].map(() => expect.stringContaining("a:gpu isn't connected: Docker has no driver")));
    const before = await hostConfigOf(machine, 1);
    await connect(machine, "a:sound", "system:audio");
    await connect(machine, "a:board", "system:custom-device");

    const { uid } = (await machine.ready(1)).owner;
    const groups = `${uid} ${BOARD.gid} ${SOUND.gid}`;
    expect(await says(machine, 1, `id -G; ${TELLS(SOUND.path)}; ${TELLS(BOARD.path)}`)).toBe(`${groups}\nused\nused\n`);
    const terminal = await (await machine.ready(1)).attach({ cols: 80, rows: 24 });
    terminal.onData(() => {});
    terminal.write(Buffer.from("id -G >/workspace/groups\r"));
    await until("her shell's groups", async () => (await says(machine, 1, "cat /workspace/groups")) === `${groups}\n`);
    expect(await says(machine, 2, "id -G; ls /dev/snd /dev/ttyACM0 2>/dev/null")).toBe(`${(await machine.ready(2)).owner.uid}\n`);

    const tries = `mknod /tmp/mine c 1 3 || chmod 666 ${BOARD.path} || rm ${BOARD.path} || touch /dev/mine || echo none`;
    expect(await says(machine, 1, `{ ${tries}; } 2>/dev/null`)).toBe("none\n");
    const { Devices, GroupAdd, ...walls } = await hostConfigOf(machine, 1);
    const device = (path: string) => ({ PathOnHost: join(fake.root, path), PathInContainer: path, CgroupPermissions: "rw" });
    expect([Devices, GroupAdd]).toEqual([[SOUND, BOARD].map(({ path }) => device(path)), ["29", "20"]]);
    const { Devices: _, GroupAdd: __, ...wallsBefore } = before;
    expect(walls).toEqual(wallsBefore);
    expect(walls).toMatchObject({ ReadonlyRootfs: true, Privileged: false, CapDrop: ["ALL"], MaskedPaths: [...MASKED] });
    expect(walls.DeviceCgroupRules ?? []).toEqual([]);

    // Unplugged, and the seat started again: it does without, and says so.
    rmSync(join(fake.root, BOARD.path));
    await machines.docker.docker.stopContainer(seatObject(machine.machine, 1));
    await until("it to be missed", async () => {
      await machine.manager.ensure();
      return machine.manager.status(1) !== "ready";
    });
    expect(await says(machine, 1, `ls ${BOARD.path} 2>&1; ${TELLS(SOUND.path)}`)).toMatch(/No such file[^\n]*\nused\n$/);
    const last = machine.manager.warnings.all().map(({ message }) => message);
    expect(last).toContain("a:board isn't connected: nothing plugged in is tty 2341:any (USB). Plug it in, then try again.");
  });
});
