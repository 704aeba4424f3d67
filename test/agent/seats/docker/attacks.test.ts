import { beforeAll, describe, expect, test } from "bun:test";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import { bridgePrefix } from "../../../../agent/seats/docker/names.ts";
import { removeFirewall } from "../../../../agent/seats/docker/network/firewall.ts";
import { wallOf } from "../../../support/docker-seats.ts";
import { canRunDocker, smallSeats } from "../../../support/dockerd.ts";
import { firewallStands } from "../../../support/firewall.ts";
import { seatsBeforeAll } from "../../../support/seats-before-all.ts";
import { until } from "../../../support/until.ts";

/** What a hostile learner tries from inside seat 1; seat 2 belongs to somebody else. */
describe.skipIf(!canRunDocker)("a hostile learner in a container (needs root, dockerd, iptables)", () => {
  const here = seatsBeforeAll([1, 2], { cpus: 0.5 });
  const attack = async (line: string) => {
    const { code, stdout } = await here.seats.sh(1, line);
    return { code, said: stdout.trim() };
  };

  const runtimeDirectory = async () => `/run/user/${(await here.seats.seat(1)).owner.uid}`;

  beforeAll(async () => {
    await here.seats.sh(
      2,
      "echo neighbours-secret > /workspace/secret; echo neighbours-secret > ~/secret; echo neighbours-secret > /tmp/secret",
    );
  });

  describe("rights", () => {
    test("no capability, no way to more, a filter on system calls", async () => {
      const { said } = await attack("grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status | tr -d '\\t'");
      expect(said.split("\n")).toEqual([
        ...["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map((name) => `${name}:0000000000000000`),
        ...["NoNewPrivs:1", "Seccomp:2"],
      ]);
    });

    test.each([
      "mount -t tmpfs none /workspace",
      "mount --bind /etc /workspace",
      "umount /workspace",
      "unshare --user --map-root-user true",
      "unshare --mount true",
      "nsenter --target 1 --mount true",
      "mknod /workspace/disk b 254 0",
      "mknod /workspace/zero c 1 5",
      "chown 0:0 /workspace",
      "chroot / true",
      "ln /etc/passwd /workspace/passwd",
      "kill -9 1",
      "kill -TERM 1",
      'test "$(stat -c %u /proc/1)" = 0',
      'test "$(stat -c %u /proc/1)" = "$(id -u)"',
      "cat /proc/1/environ",
      "ls /proc/1/root",
      "cat /etc/shadow",
      "cat /proc/kcore",
      "echo 1 > /proc/sys/kernel/panic",
      "echo c > /proc/sysrq-trigger",
      "echo 99 > /proc/1/oom_score_adj",
      "dmesg",
      "date -s 2020-01-01",
      "touch /usr/bin/mine",
      "touch /etc/mine",
      "touch /run/mine",
      "ls /sys/fs/cgroup/memory/../../../fs/cgroup/* && echo $$ > /sys/fs/cgroup/cgroup.procs",
      "python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'",
      "python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)'",
      "python3 -c 'import socket; socket.socket().bind((\"127.0.0.1\", 53))'",
      "ip link add dummy0 type dummy",
      "ip addr add 10.222.0.99/24 dev eth0",
    ])("fails: %s", async (line) => {
      const { code, said } = await attack(line);
      expect(`${code} ${said}`).not.toMatch(/^0 /);
    });

    test.each(["/sys/block", "/sys/class/block", "/sys/dev/block", "/sys/devices/virtual/block"])(
      "the machine's disks, other seats' among them, aren't seen in %s",
      async (path) => {
        expect((await attack(`find ${path}/ -mindepth 1 | head`)).said).toBe("");
      },
    );

    test("there is no program that gives rights away, and one made by a learner gives none", async () => {
      expect((await attack("find / -xdev -perm /6000 -type f 2>/dev/null | head; true")).said).toBe("");
      const { said } = await attack("cp /usr/bin/id /workspace/id; chmod 6755 /workspace/id; /workspace/id -u");
      expect(said).toBe(String((await here.seats.seat(1)).owner.uid));
    });
  });

  describe("others' files and processes", () => {
    test("no path leads to a neighbour, to the machine's files or to Docker", async () => {
      expect((await attack("grep -rs neighbours-secret / --include=secret 2>/dev/null; true")).said).toBe("");
      expect((await attack("find / -name 'docker*.sock' -o -name 'containerd.sock' 2>/dev/null | head; true")).said).toBe("");
      expect((await attack("ps ax -o user= | sort -u | tr '\\n' ' '")).said).toMatch(/^\d+ learner$/);
      const mounted = (await attack("cut -d' ' -f2 /proc/mounts | sort -u")).said.split("\n");
      const own = ["/workspace", "/project", "/home/learner", "/tmp", "/var/tmp", "/run/clarateach", await runtimeDirectory()];
      expect(own.filter((path) => !mounted.includes(path))).toEqual([]);
    });

    test("only the seat's own disk and memory can be written", async () => {
      const { said } = await attack(
        `find / -type d -writable -not -path '/proc/*' 2>/dev/null | grep -vE '^/(workspace|project|home/learner|tmp|var/tmp|run/clarateach|run/user/[0-9]+|dev/shm)(/|$)'; true`,
      );
      expect(said.split("\n").filter((path) => path !== "" && path !== "/dev/mqueue")).toEqual([]);
    });

    test("a link in place of a file, a directory or a socket leads the agent nowhere", async () => {
      await here.seats.sh(1, "ln -s /etc/passwd /workspace/link; ln -s / /workspace/root; ln -s /etc /run/clarateach/etc");
      await here.seats.sh(1, `ln -s ${here.docker.socket} /run/clarateach/vnc.sock`);
      const { workspace, run } = await here.seats.seat(1);
      expect(Bun.file(join(workspace, "link")).text()).rejects.toThrow();
      expect(Bun.file(join(workspace, "root/etc/passwd")).text()).rejects.toThrow();
      expect(Bun.file(join(run.outside, "etc/passwd")).text()).rejects.toThrow();
      expect(Bun.connect({ unix: join(run.outside, "vnc.sock"), socket: { data() {} } })).rejects.toThrow();
      // So the link was there, and it is the way that keeps from following it.
      expect(Bun.file(here.docker.socket).stat()).resolves.toBeDefined();
    });

    test("a directory swapped for a link while the agent reads", async () => {
      await here.seats.sh(1, "mkdir -p /workspace/d; echo mine > /workspace/d/hostname; ln -sfn /etc /workspace/e");
      const handle = await here.seats.seat(1);
      const swap = "import ctypes,os\nc=ctypes.CDLL(None)\nwhile True: c.renameat2(-100,b'/workspace/d',-100,b'/workspace/e',2)";
      const swapper = await handle.spawn(["python3", "-c", swap]);
      const seen = new Set<string>();
      await until("both sides of the race to be met", async () => {
        for (let i = 0; i < 500; i++)
          seen.add(
            await Bun.file(join(handle.workspace, "d/hostname"))
              .text()
              .catch((error) => error.code),
          );
        return seen.size >= 2;
      });
      swapper.kill();
      expect([...seen].sort()).toEqual(["ELOOP", "mine\n"]);
    });
  });

  describe("network", () => {
    const METADATA = "169.254.169.254";
    const reaches = async (address: string, port: number) => (await attack(`nc -z -w 2 ${address} ${port}`)).code === 0;
    const reached = async (targets: readonly string[], port: number) =>
      (await Promise.all(targets.map(async (address) => ((await reaches(address, port)) ? [address] : [])))).flat();
    /** Bridges of other machines come and go. */
    const isOthers = (name: string) => name.startsWith("ct") && !name.startsWith(bridgePrefix(here.seats.machine));
    const machineAddresses = () =>
      Object.entries(networkInterfaces())
        .flatMap(([name, addresses]) => (isOthers(name) ? [] : addresses))
        .flatMap((one) => (one && one.family === "IPv4" && !one.internal ? [one.address] : []));

    test("the machine's own addresses, a cloud's metadata and other seats are out of reach; without the firewall they aren't", async () => {
      const plane = Bun.listen({ hostname: "0.0.0.0", port: 0, socket: { data() {} } });
      await $`ip addr add ${METADATA}/32 dev lo`.quiet().nothrow();
      await here.seats.seat(2).then((handle) => handle.spawn(["nc", "-lk", "0.0.0.0", "8000"]));
      const neighbour = (await here.seats.sh(2, "hostname -I")).stdout.trim();
      const wall = await wallOf(here.seats.machine, smallSeats(here.docker));
      try {
        const targets = [...machineAddresses(), METADATA];
        expect(targets.length).toBeGreaterThan(2);
        // Again and again: the agent looks every 3 s and raises it anew.
        const without = async (address: string) => {
          await removeFirewall(here.seats.machine);
          return reaches(address, plane.port);
        };
        for (const address of targets) await until(`${address} to be in reach without the firewall`, () => without(address));
        const mended = () => until("the firewall to stand again", () => firewallStands(wall));
        await mended();
        expect(await reached(targets, plane.port)).toEqual([]);
        // Somebody's rule in front of the judge lets all through, until it stands behind.
        const inFront = async () => {
          await $`iptables -t mangle -I PREROUTING 1 -j ACCEPT`;
          return reaches(METADATA, plane.port);
        };
        await until("metadata to be in reach behind another rule", inFront);
        await mended();
        expect(await reached(targets, plane.port)).toEqual([]);
        expect(neighbour).toMatch(/^10\.222\./);
        expect(await reaches(neighbour, 8000)).toBe(false);
        expect((await attack("ping -c1 -W1 10.222.0.1")).code).not.toBe(0);
      } finally {
        while ((await $`iptables -t mangle -D PREROUTING -j ACCEPT`.nothrow().quiet()).exitCode === 0);
        plane.stop(true);
        await $`ip addr del ${METADATA}/32 dev lo`.quiet().nothrow();
      }
    });

    test("ten thousand connections to the agent: none arrives", async () => {
      let arrived = 0;
      const plane = Bun.listen({ hostname: "0.0.0.0", port: 0, socket: { open: () => void arrived++, data() {} } });
      const address = machineAddresses()[0] ?? "";
      const flood = `import socket,time
for i in range(10000):
  try:
    s=socket.socket(); s.setblocking(False); s.connect_ex(("${address}",${plane.port}))
    globals().setdefault("k",[]).append(s)
  except OSError: break
time.sleep(1)`;
      await here.seats.sh(1, `python3 -c '${flood}'`);
      expect(arrived).toBe(0);
      plane.stop(true);
    });

    test("no IPv6, not even to its own bridge", async () => {
      expect((await attack("ip -6 addr show dev eth0")).said).toBe("");
    });
  });
});
