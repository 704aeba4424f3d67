import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { statfs } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { BUILDER_ROOM } from "../../../../../agent/seats/docker/layers/growth.ts";
import { machineLabels, SEAT_LABEL } from "../../../../../agent/seats/docker/names.ts";
import { builderIsConnected } from "../../../../../agent/seats/docker/network/network.ts";
import { canRunDocker } from "../../../../support/dockerd.ts";
import { type Layered, type LayeredOptions, layeredMachines } from "../../../../support/layered.ts";
import { type Outside, startOutside } from "../../../../support/outside.ts";
import { sh } from "../../../../support/sh.ts";

const HOOK = "hooks/setup-base";
/** Where clouds answer whoever asks with credentials. */
const METADATA = ["169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192"];
const MiB = 1024 ** 2;

describe.skipIf(!canRunDocker)("what builds layers stands behind the seats' wall (needs root, dockerd, iptables)", () => {
  const here = layeredMachines();
  let outside: Outside;
  beforeAll(async () => {
    outside = await startOutside(METADATA);
  });
  afterAll(() => outside?.stop());
  const make = (more: LayeredOptions = {}) => here.make({ ...more, upstream: outside.upstream });

  /** What a hook's lines printed, seen in a seat that was made from its layer. @param seat another one that is there already */
  async function printed(machine: Layered, lines: string, seat = 1): Promise<string[]> {
    await machine.want([1, seat], {
      attacker: { [HOOK]: `{\n${lines}\n} > /opt/printed 2>&1 || true\n# ${crypto.randomUUID()}` },
    });
    return (await (await machine.ready(seat)).exec(["cat", "/opt/printed"])).stdout.trimEnd().split("\n");
  }

  test("it reaches the world by name, and no metadata, machine, gateway, bridge of Docker's, seat: nothing of these answers", async () => {
    const machine = await make();
    // A seat with a server, which answers where it may be asked: in the seat itself.
    await machine.want([1], {});
    const seat = await machine.ready(1);
    const address = (await seat.exec(["hostname", "-I"])).stdout.trim();
    const server = await seat.spawn(["python3", "-m", "http.server", "8000", "--bind", "0.0.0.0"]);
    const web = Bun.serve({ hostname: "0.0.0.0", port: 0, fetch: () => new Response("machine") });
    try {
      const own = Object.values(networkInterfaces()).flatMap((all = []) =>
        all.flatMap((one) => (one.family === "IPv4" ? one.address : [])),
      );
      const machines = [...new Set([...own.filter((one) => !/^(127|10\.222)\./.test(one)), here.docker.address])];
      for (const one of machines) expect(await (await fetch(`http://${one}:${web.port}`)).text()).toBe("machine");
      for (const one of METADATA) expect((await sh("curl", "-sS", "-m", "5", `http://${one}`)).out).toBe("outside\n");
      const ask = (url: string, seconds = 3) => `echo "${url} $(curl -sS -m ${seconds} ${url} 2>&1 | tr '\\n' ' ')"`;
      const all = [
        ...METADATA.map((one) => `http://${one}/`),
        ...machines.map((one) => `http://${one}:${web.port}/`),
        `http://$(ip route | sed -n 's/default via \\([0-9.]*\\).*/\\1/p'):${web.port}/`,
        `http://${address}:8000/`,
        `http://${address}:9222/`,
      ];
      const together = all.map((url) => `${ask(url)} &`);
      const lines = await printed(machine, [ask("http://allowed.test/", 60), ...together, "wait"].join("\n"), 2);
      expect(lines[0]).toBe("http://allowed.test/ outside ");
      expect(lines).toHaveLength(1 + all.length);
      for (const line of lines.slice(1)) expect(line).toMatch(/^http\S+ curl: \(28\) .*(timed out|Timeout)/);
      expect((await seat.exec(["curl", "-sS", `http://${address}:8000/`])).code).toBe(0);
    } finally {
      server.kill();
      await web.stop(true);
    }
  });

  test("root there is who installs packages: no device, mount, interface, raw socket, module or Docker; no wider limits", async () => {
    const machine = await make();
    const tries = [
      "mknod /opt/disk b 254 0",
      "mount -t tmpfs none /mnt",
      "mount -o remount,rw /proc/sys",
      "ip link add dummy0 type dummy",
      "ip addr flush dev eth0",
      "ip route add 169.254.169.254 dev eth0",
      "iptables -F",
      "python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'",
      "python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)'",
      "python3 -c 'import socket; socket.socket().bind((\"0.0.0.0\", 53))'",
      "unshare --net true",
      "chroot / true",
      "echo 1 > /proc/sys/kernel/panic",
      "echo c > /proc/sysrq-trigger",
      "cat /proc/kcore",
      "dmesg",
      "date -s 2020-01-01",
      "ls /var/run/docker.sock",
      "touch /var/lib/workshop/sdk/attacker/mine",
      "touch /etc/resolv.conf && echo nameserver 8.8.8.8 > /etc/resolv.conf",
    ];
    const lines = await printed(
      machine,
      [
        ...tries.map((line) => `if (${line}) >/dev/null 2>&1; then echo did; else echo could not; fi`),
        "grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp:)' /proc/self/status | tr -d '\\t'",
      ].join("\n"),
    );
    expect(lines.slice(0, tries.length).map((said, i) => `${tries[i]}: ${said}`)).toEqual(
      tries.map((line) => `${line}: could not`),
    );
    // CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID.
    expect(lines.slice(tries.length)).toEqual([
      "CapEff:00000000000000fb",
      "CapBnd:00000000000000fb",
      "NoNewPrivs:1",
      "Seccomp:2",
    ]);
  });

  test("where seats have no way out it has none, and a hook that wants one fails saying so", async () => {
    const machine = await make({ settings: { outbound: { policy: "none" } } });
    await machine.want([1], { fetcher: { [HOOK]: `curl -sS -m 5 http://allowed.test/ # ${crypto.randomUUID()}` } });
    expect((await machine.made()).error).toMatch(
      /^Install project-fetcher: setup-base of fetcher ended with \d+\. Nothing outside can be reached from here: CLARATEACH_OUTBOUND is none\.$/,
    );
  });

  test.each([
    ["passwd", "rm /etc/passwd; mkfifo /etc/passwd"],
    ["passwd", "rm /etc/passwd; mkfifo /opt/pipe; ln -s /opt/pipe /etc/passwd"],
    ["group", "rm /etc/group"],
    ["group", "truncate -s 2M /etc/group"],
  ])("users of an image that would hold Docker up are no layer: /etc/%s, %s", async (name, script) => {
    const machine = await make();
    await machine.want([1], { attacker: { [HOOK]: `${script}; true # ${crypto.randomUUID()}` } });
    expect((await machine.made()).error).toContain(`left no /etc/${name} that is a file`);
  });

  describe("what takes too much is ended, nothing of it is left, and the class is told", () => {
    const nothingLeft = async (machine: Layered) => {
      const builders = (await here.docker.docker.listContainers(machineLabels(machine.machine))).filter(
        ({ Labels }) => !Labels[SEAT_LABEL],
      );
      expect(builders).toEqual([]);
      expect(builderIsConnected(machine.machine)).toBe(false);
    };
    const room = { bytes: 50 * MiB, spareBytes: MiB, spareFiles: 100 };

    test.each([
      ["its time", { timeMs: 3000 }, "echo begun; sleep 1000 & wait", "setup-base of greedy did not end within 3 seconds"],
      ["disk", { room }, "dd if=/dev/zero of=/opt/huge bs=1M count=100 status=none; sleep 1000", "written more than 0.0 GiB"],
      [
        "disk in a cache",
        { room },
        "dd if=/dev/zero of=/var/cache/npm/huge bs=1M count=100 status=none; sleep 1000",
        "written more",
      ],
      [
        "the whole disk",
        { room: { ...room, spareBytes: Number.MAX_SAFE_INTEGER } },
        "sleep 1000",
        "the machine's disk is nearly full",
      ],
      [
        "memory",
        { memory: 64 * MiB },
        "python3 -c 'x = bytearray(200_000_000)'",
        "ended with 137: it was killed, most likely for want of memory",
      ],
    ])("%s", async (_what, limits, script, why) => {
      const machine = await make({ limits });
      await machine.want([1], { greedy: { [HOOK]: `${script} # ${crypto.randomUUID()}` } });
      expect((await machine.made()).error).toContain(why);
      await nothingLeft(machine);
    });

    test("the disk, by the copy that Docker makes of what is kept", async () => {
      const { bavail, bsize } = await statfs(tmpdir());
      const machine = await make({ limits: { room: { ...BUILDER_ROOM, spareBytes: bavail * bsize - 1536 * MiB } } });
      await machine.want([1], { greedy: { [HOOK]: `fallocate -l 1G /opt/huge # ${crypto.randomUUID()}` } });
      expect((await machine.made()).error).toContain("no room to keep the 1.0 GiB that setup-base wrote");
      await nothingLeft(machine);
    });

    test("processes, while others go on", async () => {
      const machine = await make({ limits: { pids: 64 } });
      const fork = `import subprocess
for i in range(200): subprocess.Popen(["sleep", "1"])`;
      const lines = await printed(machine, `python3 -c '${fork}'`);
      expect(lines.join("\n")).toContain("Resource temporarily unavailable");
    });
  });
});
