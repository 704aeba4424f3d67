import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { basename } from "node:path";
import { groupFile } from "../../../../agent/seats/docker/container/cgroup.ts";
import { diskDevice } from "../../../../agent/seats/docker/disk/disk.ts";
import { seatObject, seatPaths } from "../../../../agent/seats/docker/names.ts";
import { canRunDocker } from "../../../support/dockerd.ts";
import { seatsBeforeAll } from "../../../support/seats-before-all.ts";
import { until } from "../../../support/until.ts";

/** As the engine would call a handler. */
const taskOf = (seat: number) => ({
  ...{ id: 1, change: 1, resumed: false, data: { seat }, signal: new AbortController().signal, log() {}, progress() {} },
  memory: { get: () => undefined, set() {}, keys: () => [] },
});

/** Seat 1 takes all it can; seat 2 belongs to somebody else. */
describe.skipIf(!canRunDocker)("a learner who takes more than her share in a container (needs root, dockerd, iptables)", () => {
  const here = seatsBeforeAll([1, 2], { cpus: 0.5 });
  const attack = async (line: string) => {
    const { code, stdout } = await here.seats.sh(1, line);
    return { code, said: stdout.trim() };
  };

  const others = async () => {
    const began = performance.now();
    expect((await here.seats.sh(2, "echo alive")).stdout).toBe("alive\n");
    return performance.now() - began;
  };

  test("a full disk is the seat's own, and the machine's is as it was", async () => {
    // Of the machine's disk, in 512 bytes: what it took when it was made is all it takes, but for the list of its pieces.
    const taken = () => statSync(seatPaths(here.seats.directory, 1).image).blocks;
    const before = taken();
    expect((await attack("fallocate -l 10G /workspace/huge")).said).toContain("No space left");
    expect((await attack("dd if=/dev/zero of=/workspace/huge bs=1M; dd if=/dev/zero of=/tmp/huge bs=1M")).said).toContain(
      "No space left",
    );
    expect(taken() - before).toBeLessThan(2048);
    expect((await attack("head -c 1000000 /dev/zero > /workspace/one-more")).said).toContain("No space left");
    await others();
    expect((await attack("rm /workspace/huge /tmp/huge; echo yes > /workspace/again && cat /workspace/again")).said).toEndWith(
      "yes",
    );
  });

  test("the disk below is everybody's: what one seat may read and write each second is bounded, and the kernel holds it to that", async () => {
    const device = await diskDevice(seatPaths(here.seats.directory, 1));
    const number = (await Bun.file(`/sys/block/${basename(device)}/dev`).text()).trim();
    const { State } = (await here.docker.docker.inspectContainer(seatObject(here.seats.machine, 1))) ?? {};
    const groups = await Bun.file(`/proc/${State?.Pid}/cgroup`).text();
    const old = /^\d+:blkio:(.*)$/m.exec(groups)?.[1];
    if (old === undefined) {
      const [, only = ""] = /^0::(.*)$/m.exec(groups) ?? [];
      const limits = await Bun.file(`/sys/fs/cgroup${only}/io.max`).text();
      expect(limits).toContain(`${number} rbps=83886080 wbps=83886080 riops=2000 wiops=2000`);
    } else
      for (const [what, rate] of [
        ...["read_bps", "write_bps"].map((n) => [n, 83_886_080]),
        ...["read_iops", "write_iops"].map((n) => [n, 2000]),
      ])
        expect(await Bun.file(`/sys/fs/cgroup/blkio${old}/blkio.throttle.${what}_device`).text()).toContain(
          `${number} ${rate}\n`,
        );
    // Past the kernel's cache, which version 1 doesn't count: 160 MiB can't take less than a second.
    const began = performance.now();
    expect((await attack("dd if=/dev/zero of=/workspace/direct bs=1M count=160 oflag=direct && rm /workspace/direct")).code).toBe(
      0,
    );
    expect(performance.now() - began).toBeGreaterThan(1000);
  });

  test("a hundred thousand files end where the seat's disk does", async () => {
    const { said } = await attack(
      "mkdir /workspace/many; cd /workspace/many; python3 -c 'for i in range(100000): open(str(i),\"w\").close()'; ls -U | wc -l; rm -rf /workspace/many",
    );
    expect(said).toContain("No space left");
    await others();
  });

  test("memory: the hog is killed, seat and neighbours stay", async () => {
    const { code } = await attack("python3 -c 'x=[]\nwhile True: x.append(bytearray(10_000_000))'");
    expect(code).toBe(137);
    expect((await attack("echo still here")).said).toBe("still here");
    await others();
  });

  test("shared memory is the seat's memory", async () => {
    const { said } = await attack("dd if=/dev/zero of=/dev/shm/huge bs=1M count=2000; rm -f /dev/shm/huge");
    expect(said).toMatch(/No space left|Killed/);
  });

  /** The kernel's own count of them. */
  const forksRefused = async (seat: number): Promise<boolean> => {
    const { State } = (await here.docker.docker.inspectContainer(seatObject(here.seats.machine, seat))) ?? {};
    const processes = groupFile(await Bun.file(`/proc/${State?.Pid}/cgroup`).text()) ?? "";
    return /^max [1-9]/m.test(await Bun.file(processes.replace("cgroup.procs", "pids.events")).text());
  };

  test("a fork bomb stays in the seat, and the seat can be had back", async () => {
    const handle = await here.seats.seat(1);
    const neighbour = await (await here.seats.seat(2)).attach({ cols: 80, rows: 24 });
    let seen = "";
    neighbour.onData((bytes) => {
      seen += Buffer.from(bytes).toString("latin1");
    });
    const bomb = await handle.spawn(["bash", "-c", ":(){ :|:& };:; wait"]);
    const count = () => here.docker.docker.countProcesses(seatObject(here.seats.machine, 1));
    try {
      await until("the bomb to meet the seat's limit", () => forksRefused(1));
      for (let i = 0; i < 20; i++) {
        neighbour.write(Buffer.from(`echo $((${i}+1000))\r`));
        await until("the neighbour's echo", () => seen.includes(String(i + 1000)));
      }
      expect(await count()).toBeLessThanOrEqual(256);
    } finally {
      neighbour.close();
      bomb.kill();
      await here.seats.manager.runtime.handlers["docker/stop-container"]?.do(taskOf(1));
      await here.seats.manager.ensure();
    }
    await until("the seat to be usable", async () => (await attack("echo back").catch(() => undefined))?.said === "back");
  });

  test("what a seat prints can't drive another viewer's terminal", async () => {
    const handle = await here.seats.seat(1);
    const viewer = await handle.attach({ cols: 80, rows: 24 });
    let seen = "";
    viewer.onData((bytes) => {
      seen += Buffer.from(bytes).toString("latin1");
    });
    const payloads = [
      "\\033Ptmux;\\033\\033]1337;EVIL\\007\\033\\\\",
      "\\033]7;EVIL\\007",
      "\\033P$qEVIL\\033\\\\",
      "\\033_EVIL\\033\\\\",
      "\\033]8888;EVIL\\007",
      "\\033[21t",
      "\\033[6n",
    ];
    viewer.write(Buffer.from(`clear; printf '${payloads.join("")}'; echo do''ne\r`));
    await until("the line to run", () => /done/.test(seen.split("\x1b[H").at(-1) ?? ""));
    viewer.close();
    expect(seen.replaceAll(/printf '[^']*'/g, "")).not.toMatch(/\x1b[P\]_][^\x07\x1b]*EVIL|\x1b\[21t|\x1b\[6n/);
  });
});
