import { describe, expect, test } from "bun:test";
import { checkFits, cpusOn, DOCKER_DEFAULTS, dockerSettings, parseSize } from "../../../../agent/seats/docker/settings.ts";

const GiB = 1024 ** 3;

describe("a seat's limits", () => {
  test("the defaults fit ten seats on the machine they were made for: 8 processors, 32 GB, 100 GB of disk", () => {
    expect(() => checkFits(DOCKER_DEFAULTS, 10, { memory: 31.3 * GiB, cpus: 8, disk: 80 * GiB })).not.toThrow();
  });

  test.each([
    [
      "memory",
      { memory: 8 * GiB, cpus: 8, disk: 80 * GiB },
      /10 seats with 2560 MiB of memory.*Set CLARATEACH_SEAT_MEMORY=614M \(at most\), have 2 seats, or/,
    ],
    [
      "disk",
      { memory: 64 * GiB, cpus: 8, disk: 20 * GiB },
      /10 seats with 6144 MiB of disk.*Set CLARATEACH_SEAT_DISK=1843M \(at most\), have 3 seats, or/,
    ],
  ] as const)("%s that can't be had by all at once is refused, naming what fits", (_name, machine, message) => {
    expect(() => checkFits(DOCKER_DEFAULTS, 10, machine)).toThrow(message);
  });

  test("too little for a shell is refused", () => {
    const machine = { memory: 64 * GiB, cpus: 8, disk: 800 * GiB };
    for (const wrong of [{ memory: 1 }, { cpus: 0 }, { pids: Number.NaN }, { disk: 1024 }])
      expect(() => checkFits({ ...DOCKER_DEFAULTS, ...wrong }, 1, machine)).toThrow(/per seat/);
  });

  test("no more processors than there are", () => {
    expect(cpusOn({ ...DOCKER_DEFAULTS, cpus: 2 }, { cpus: 1 })).toBe(1);
    expect(cpusOn({ ...DOCKER_DEFAULTS, cpus: 1.5 }, { cpus: 8 })).toBe(1.5);
  });
});

describe("settings of the environment", () => {
  test("nothing set: the defaults", () => {
    expect(dockerSettings({})).toEqual(DOCKER_DEFAULTS);
  });

  test("all set", () => {
    const settings = dockerSettings({
      CLARATEACH_DOCKER_SOCKET: "/x.sock",
      CLARATEACH_SEAT_IMAGE: "a/b:2",
      CLARATEACH_SEAT_MEMORY: "512M",
      CLARATEACH_SEAT_CPUS: "0.5",
      CLARATEACH_SEAT_PIDS: "99",
      CLARATEACH_SEAT_DISK: "1.5 GiB",
      CLARATEACH_OUTBOUND: "pypi.org, .npmjs.org",
      CLARATEACH_OUTBOUND_ALLOW: "192.168.7.0/24",
      CLARATEACH_SEAT_SUBNETS: "10.99.0.0/16",
      CLARATEACH_TRUSTED_CA: "/ca.pem",
      CLARATEACH_OCI_RUNTIME: "runsc",
    });
    expect(settings).toEqual({
      ...{ socket: "/x.sock", image: "a/b:2", memory: 512 * 1024 ** 2, cpus: 0.5, pids: 99, disk: 1.5 * GiB },
      ...{ outbound: { policy: "names", names: ["pypi.org", ".npmjs.org"] }, allow: ["192.168.7.0/24"], subnets: "10.99.0.0/16" },
      ...{ trustedCa: "/ca.pem", ociRuntime: "runsc" },
    });
  });

  test.each([
    ["CLARATEACH_SEAT_MEMORY", "much"],
    ["CLARATEACH_SEAT_DISK", "-1G"],
    ["CLARATEACH_SEAT_CPUS", "two"],
    ["CLARATEACH_OUTBOUND", "http://pypi.org"],
    ["CLARATEACH_OUTBOUND", "a b"],
    ["CLARATEACH_OUTBOUND", "-j ACCEPT"],
    ["CLARATEACH_OUTBOUND_ALLOW", "10.0.0.1; reboot"],
    ["CLARATEACH_OUTBOUND_ALLOW", "300.0.0.0/8"],
    ["CLARATEACH_SEAT_SUBNETS", "10.0.0.0/33"],
    ["CLARATEACH_SEAT_SUBNETS", "52.222.0.0/16"],
  ])("%s=%s is refused by name and value", (name, value) => {
    expect(() => dockerSettings({ [name]: value })).toThrow(name);
  });

  test("sizes", () => {
    expect(["1", "2K", "1.5g", "1 MiB", "2TB"].map((text) => parseSize("X", text))).toEqual([
      1,
      2048,
      1.5 * GiB,
      1024 ** 2,
      2 * 1024 ** 4,
    ]);
  });
});
