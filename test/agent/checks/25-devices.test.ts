/** Devices: a seat has those of its machine that it is connected to, and a machine without them says so. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Problem } from "../../../agent/contract/errors.ts";
import type { ConnectAsk } from "../../../agent/seats/asks.ts";
import { type FakeDevices, fakeDevices } from "../../support/devices.ts";
import { canRunDocker } from "../../support/dockerd.ts";
import { type Layered, layeredMachines, type OwnSdks } from "../../support/layered.ts";

const SDKS: OwnSdks = {
  a: {
    "sdk.yaml": "name: a\nplugs: {gpu: gpu, webcam: camera, sound: audio}\n",
    "hooks/setup-project": "echo set up >>/workspace/set-up\n",
  },
};
/** Of a group of its own, as udev makes them. */
const VIDEO = 44;
const TOUCH = "cat /dev/video0 && echo x >/dev/video0 && echo usable; ls /dev/snd 2>/dev/null; cat /workspace/set-up";
const says = async (machine: Layered, command: string) => (await (await machine.ready(1)).exec(["sh", "-c", command])).stdout;

describe.skipIf(!canRunDocker)("check 25 (needs root, dockerd, iptables)", () => {
  const machines = layeredMachines();
  let fake: FakeDevices;
  beforeAll(async () => {
    fake = await fakeDevices();
  });
  afterAll(() => fake.end());

  test("a launch goes on without a GPU and says so; what a machine hasn't can't be connected, and what it has is in the seat, made again round its work", async () => {
    const machine = await machines.make({ settings: { deviceRoot: fake.root } });
    await machine.want([1], SDKS);
    await machine.ready(1);
    const warned = () => machine.manager.warnings.all().map(({ message }) => message);
    expect(warned()).toEqual(["a:gpu isn't connected: this machine has no NVIDIA GPU (no /dev/nvidia0 or the like)."]);
    const camera = { plug: "a:webcam", slot: "system:camera" };
    const ask = (action: ConnectAsk["action"]): ConnectAsk => ({ action, ...camera }) as ConnectAsk;
    const refused = await machine.manager.ask([1], ask("connect")).catch((error: Problem) => `${error.code} ${error.message}`);
    expect(refused).toContain("INVALID_INPUT a:webcam isn't connected: this machine has no camera (no /dev/video0 or the like)");
    const sound = { action: "connect", plug: "a:sound", slot: "system:audio" } as const;
    await expect(machine.manager.ask([1], sound)).rejects.toThrow("no sound card");

    fake.node("/dev/video0", 0o660, VIDEO);
    await says(machine, "echo work >/workspace/work; echo mine >~/mine");
    await machine.manager.ask([1], ask("connect"));
    const connected = await machine.ended("connect");
    expect([connected.status, connected.error]).toEqual(["done", undefined]);
    expect(await says(machine, TOUCH)).toBe("usable\nset up\nset up\n");
    expect(await says(machine, "cat /workspace/work ~/mine")).toBe("work\nmine\n");
    expect((await machine.manager.connections(1)).established).toContainEqual({ ...camera, interface: "camera", auto: false });

    await machine.manager.ask([1], ask("disconnect"));
    expect((await machine.ended("disconnect")).status).toBe("done");
    expect(await says(machine, "ls /dev/video0 2>&1")).toContain("No such file");
  });

  test("where the agent's settings say so, a definition has a camera by itself", async () => {
    const settings = { deviceRoot: fake.root, allowedInterfaces: new Set(["camera"] as const) };
    const machine = await machines.make({ settings });
    await machine.want([1], SDKS);
    expect(await says(machine, TOUCH)).toBe("usable\nset up\n");
  });
});
