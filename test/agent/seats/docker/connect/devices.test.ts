import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { DeviceGrant } from "../../../../../agent/interfaces/grants.ts";
import { findDevices } from "../../../../../agent/seats/docker/connect/devices.ts";
import { type FakeDevices, fakeDevices } from "../../../../support/devices.ts";

const grant = (kind: DeviceGrant["kind"], match: DeviceGrant["match"] = {}): DeviceGrant => ({
  ...{ kind, plug: `lab:${kind}`, match, auto: false },
});
const NO_DRIVER = { Runtimes: { runc: {} } };
const VIDEO = 44;

describe.skipIf(process.getuid?.() !== 0)("devices of a machine (needs root for its nodes)", () => {
  let fake: FakeDevices;
  beforeEach(async () => {
    fake = await fakeDevices();
  });
  afterEach(() => fake.end());
  const find = (grants: DeviceGrant[], docker: Parameters<typeof findDevices>[1]["docker"] = NO_DRIVER) =>
    findDevices(grants, { root: fake.root, docker });
  const whys = async (...grants: DeviceGrant[]) => (await find(grants)).missing.map(({ why }) => why);
  const pathsOf = async (...grants: DeviceGrant[]) =>
    (await find(grants)).host.Devices.map(({ PathInContainer }) => PathInContainer);

  test("a machine without any says of each what it hasn't", async () => {
    const all = [grant("gpu"), grant("camera"), grant("audio"), grant("custom-device", { subsystem: "tty", vendorid: "2341" })];
    const { host, missing } = await find(all);
    expect(host).toEqual({ Devices: [], DeviceRequests: [], GroupAdd: [] });
    expect(missing.map(({ grant }) => grant)).toEqual(all);
    expect(missing.map(({ why }) => why)).toEqual([
      "this machine has no NVIDIA GPU (no /dev/nvidia0 or the like).",
      "this machine has no camera (no /dev/video0 or the like). Plug it in, then try again.",
      "this machine has no sound card (nothing in /dev/snd). Plug it in, then try again.",
      "nothing plugged in is tty 2341:any (USB). Plug it in, then try again.",
    ]);
  });

  test("cameras and sound cards are their nodes, to read and write, by the groups that they belong to", async () => {
    fake.node("/dev/video0", 0o660, VIDEO);
    fake.node("/dev/video1", 0o660, VIDEO);
    fake.node("/dev/snd/controlC0", 0o666);
    fake.node("/dev/snd/pcmC0D0p", 0o660, 29);
    const { host, missing } = await find([grant("camera"), grant("audio"), grant("camera")]);
    const device = (path: string) => ({ PathOnHost: fake.root + path, PathInContainer: path, CgroupPermissions: "rw" });
    expect(host).toEqual({
      Devices: ["/dev/video0", "/dev/video1", "/dev/snd/controlC0", "/dev/snd/pcmC0D0p"].map(device),
      DeviceRequests: [],
      GroupAdd: [String(VIDEO), "29"],
    });
    expect(missing).toEqual([]);
  });

  test("what is no device is none, and one of root's alone says what to do about it", async () => {
    await Bun.write(`${fake.root}/dev/video0`, "a file");
    expect(await whys(grant("camera"))).toEqual([expect.stringContaining("no camera")]);
    fake.node("/dev/video7", 0o660, 0);
    expect(await whys(grant("camera"))).toEqual([expect.stringContaining("/dev/video7 is for root alone. Give it a group")]);
    fake.node("/dev/video8", 0o640, VIDEO);
    expect(await whys(grant("camera"))).toEqual([expect.stringContaining("for root alone")]);
    fake.node("/dev/video9", 0o660, VIDEO);
    expect(await pathsOf(grant("camera"))).toEqual(["/dev/video9"]);
  });

  test("a GPU is asked of Docker's own driver, and only where there is one", async () => {
    fake.node("/dev/nvidiactl", 0o666);
    expect(await whys(grant("gpu"))).toEqual([expect.stringContaining("no NVIDIA GPU")]);
    fake.node("/dev/nvidia0", 0o666);
    expect(await whys(grant("gpu"))).toEqual([expect.stringContaining("Docker has no driver")]);
    const byRuntime = await find([grant("gpu"), grant("gpu")], { Runtimes: { runc: {}, nvidia: {} } });
    expect(byRuntime.host.DeviceRequests).toEqual([{ Driver: "", Count: -1, Capabilities: [["gpu"]] }]);
    const DiscoveredDevices = [{ Source: "cdi", ID: "nvidia.com/gpu=all" }];
    const bySpecification = await find([grant("gpu")], { ...NO_DRIVER, DiscoveredDevices });
    expect(bySpecification.host.DeviceRequests).toEqual([{ Driver: "cdi", DeviceIDs: ["nvidia.com/gpu=all"] }]);
    expect([...byRuntime.missing, ...bySpecification.missing]).toEqual([]);
  });

  test("another device is told by its subsystem and the numbers of what it hangs on", async () => {
    const board = { vendorid: "2341", productid: "0043" };
    fake.plugged("pci0/usb1/1-1", { number: "189:4", name: "bus/usb/001/005", subsystem: "usb", ...board });
    fake.plugged("pci0/usb1/1-1/1-1:1.0/tty/ttyACM0", { number: "166:0", name: "ttyACM0", subsystem: "tty" });
    fake.plugged("pci0/usb1/1-2/1-2:1.0/tty/ttyUSB0", {
      ...{ number: "188:0", name: "ttyUSB0", subsystem: "tty", vendorid: "0403", productid: "6001" },
    });
    for (const path of ["/dev/bus/usb/001/005", "/dev/ttyACM0", "/dev/ttyUSB0"]) fake.node(path, 0o660, 20);
    const is = (match: DeviceGrant["match"]) => pathsOf(grant("custom-device", match));
    expect(await is({ subsystem: "tty" })).toEqual(["/dev/ttyACM0", "/dev/ttyUSB0"]);
    expect(await is({ subsystem: "tty", vendorid: "2341" })).toEqual(["/dev/ttyACM0"]);
    expect(await is({ vendorid: "2341" })).toEqual(["/dev/bus/usb/001/005", "/dev/ttyACM0"]);
    expect(await is({ vendorid: "2341", productid: "0044" })).toEqual([]);
    expect(await is({ subsystem: "usb", vendorid: "2341" })).toEqual(["/dev/bus/usb/001/005"]);
    // Hubs, keyboards and what other seats have are there, too.
    expect(await is({ subsystem: "usb" })).toEqual([]);
  });

  test("neither memory, nor a console, nor a disk is a device that can be had", async () => {
    fake.plugged("virtual/mem/mem", { number: "1:1", name: "mem", subsystem: "mem" });
    fake.plugged("virtual/tty/tty1", { number: "4:1", name: "tty1", subsystem: "tty" });
    fake.plugged("pnp0/00:05/tty/ttyS0", { number: "4:64", name: "ttyS0", subsystem: "tty" });
    const stick = { vendorid: "0951", productid: "1666" };
    fake.plugged("pci0/usb1/1-3/host2/generic/sg1", { number: "21:1", name: "sg1", subsystem: "scsi_generic", ...stick });
    for (const path of ["/dev/mem", "/dev/tty1", "/dev/ttyS0", "/dev/sg1"]) fake.node(path, 0o666);
    const wished = [{ subsystem: "mem" }, { subsystem: "tty" }, { subsystem: "scsi_generic" }, { vendorid: "0951" }];
    expect(await pathsOf(...wished.map((match) => grant("custom-device", match)))).toEqual([]);
  });
});
