import { describe, expect, test } from "bun:test";
import { DOCKER_DEFAULTS, dockerSettings, parseSize } from "../../../../agent/seats/docker/settings.ts";

const GiB = 1024 ** 3;

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
      CLARATEACH_MOUNT_SOURCES: "/srv/class/, /data",
      CLARATEACH_OCI_RUNTIME: "runsc",
      CLARATEACH_ALLOWED_INTERFACES: "camera, audio",
      CLARATEACH_DEVICE_ROOT: "/host",
      CLARATEACH_TUNNEL_SOCKETS: "/srv/sockets",
      CLARATEACH_SSH_AGENT: "/run/keys.sock",
      CLARATEACH_TOOLS: "/tools",
      CLARATEACH_NPM_REGISTRY: "https://mirror.example.org/npm/",
    });
    expect(settings).toEqual({
      ...{ socket: "/x.sock", image: "a/b:2", memory: 512 * 1024 ** 2, cpus: 0.5, pids: 99, disk: 1.5 * GiB },
      ...{ outbound: { policy: "names", names: ["pypi.org", ".npmjs.org"] }, allow: ["192.168.7.0/24"], subnets: "10.99.0.0/16" },
      mountSources: ["/srv/class", "/data"],
      ...{ trustedCa: "/ca.pem", ociRuntime: "runsc", tools: "/tools", registry: "https://mirror.example.org/npm" },
      ...{ allowedInterfaces: new Set(["camera", "audio"]), deviceRoot: "/host" },
      ...{ tunnelSockets: "/srv/sockets", sshAgent: "/run/keys.sock" },
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
    ["CLARATEACH_MOUNT_SOURCES", "/srv,data"],
    ["CLARATEACH_MOUNT_SOURCES", "/"],
    ["CLARATEACH_SEAT_SUBNETS", "10.0.0.0/33"],
    ["CLARATEACH_SEAT_SUBNETS", "52.222.0.0/16"],
    ["CLARATEACH_ALLOWED_INTERFACES", "camera,gpu"],
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
