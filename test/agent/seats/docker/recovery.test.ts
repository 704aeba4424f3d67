import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loopsUnder, unmountDisk } from "../../../../agent/seats/docker/disk/disk.ts";
import { bridgeOf, cableOf, machineLabels, seatObject, seatPaths } from "../../../../agent/seats/docker/names.ts";
import { removeFirewall } from "../../../../agent/seats/docker/network/firewall.ts";
import { chainOf } from "../../../../agent/seats/docker/network/firewall-rules.ts";
import { listenIn } from "../../../../agent/seats/docker/network/netns.ts";
import { bridgedSeats, isConnected } from "../../../../agent/seats/docker/network/network.ts";
import { dockerRuntime } from "../../../../agent/seats/docker/runtime.ts";
import { openSeats, type SeatManager } from "../../../../agent/seats/manager.ts";
import type { SeatHandle } from "../../../../agent/seats/seat.ts";
import { PLAIN, wallOf } from "../../../support/docker-seats.ts";
import { canRunDocker, type PrivateDocker, smallSeats, startDocker } from "../../../support/dockerd.ts";
import { documentOf } from "../../../support/document.ts";
import { firewallStands } from "../../../support/firewall.ts";
import { until } from "../../../support/until.ts";

const AGENT = join(import.meta.dir, "../../../support/docker-agent.ts");

describe.skipIf(!canRunDocker)("seats in containers come back (needs root, dockerd, iptables)", () => {
  let docker: PrivateDocker;
  let directory = "";
  let machine = "";
  let manager: SeatManager | undefined;
  let revision = 100;

  beforeAll(async () => {
    docker = await startDocker();
  });
  afterAll(() => docker?.stop());
  afterEach(async () => {
    // Closed first: it would make its seats again.
    await manager?.close();
    await manager?.runtime.removeEverything();
    manager = undefined;
    rmSync(directory, { recursive: true, force: true });
  });

  const settings = () => smallSeats(docker);
  const newMachine = () => {
    directory = mkdtempSync(join(tmpdir(), "ct-recovery-"));
    machine = `clarateach-ws-${Bun.randomUUIDv7().slice(-6)}`;
  };
  async function open(numbers: number[]): Promise<SeatManager> {
    manager = await openSeats({
      directory,
      machine,
      runtime: dockerRuntime({ settings: settings() }),
      starterPath: (digest) => digest,
    });
    manager.want(documentOf(machine, ++revision, { numbers, ...PLAIN }));
    return manager;
  }
  const ready = (seats: SeatManager, seat: number): Promise<SeatHandle> =>
    until(`seat ${seat} to be ready`, async () => {
      await seats.ensure();
      return seats.seat(seat);
    });
  const agent = (busy: boolean) =>
    Bun.spawn([process.execPath, AGENT, JSON.stringify({ directory, machine, numbers: [1], settings: settings(), busy })], {
      stdout: "pipe",
      stderr: "inherit",
    });
  async function says(child: { stdout: ReadableStream<Uint8Array> }, word: string): Promise<void> {
    let said = "";
    for await (const bytes of child.stdout) {
      said += Buffer.from(bytes).toString();
      if (said.includes(word)) return;
    }
    throw new Error(`the agent ended before it said "${word}"`);
  }
  /** What the shell of session main still knows, seen by a new viewer. */
  async function keptBy(handle: SeatHandle): Promise<boolean> {
    const pty = await handle.attach({ cols: 80, rows: 24 });
    let seen = "";
    pty.onData((bytes) => {
      seen += Buffer.from(bytes).toString("latin1");
    });
    pty.write(Buffer.from("echo was-$kept\r"));
    return until("the shell's answer", () => /was-here-14/.test(seen)).finally(() => pty.close());
  }

  test("after kill -9 of the agent: shells live, its viewers and programs don't, nothing is made twice", async () => {
    newMachine();
    const first = agent(true);
    await says(first, "ready");
    first.kill("SIGKILL");
    await first.exited;
    const [before] = await docker.docker.listContainers(machineLabels(machine));
    const seats = await open([1]);
    const handle = await ready(seats, 1);
    expect((await handle.exec(["tmux", "list-clients"])).stdout).toBe("");
    expect((await handle.exec(["ps", "ax"])).stdout).not.toContain("sleep 4321");
    expect(await keptBy(handle)).toBe(true);
    expect((await docker.docker.listContainers(machineLabels(machine))).map(({ Id }) => Id)).toEqual([before?.Id ?? ""]);
    // The name server of the one before went with it.
    expect((await handle.exec(["getent", "hosts", "localhost"])).code).toBe(0);
    expect((await handle.exec(["nc", "-z", "127.0.0.1", "53"])).code).toBe(0);
  });

  test.each([100, 300, 500, 700, 900, 1200, 1600])(
    "killed %d ms into making a seat: it is made all the same, once",
    async (ms) => {
      newMachine();
      const first = agent(false);
      await says(first, "open");
      const killed = Promise.withResolvers<void>();
      setTimeout(killed.resolve, ms);
      await killed.promise;
      first.kill("SIGKILL");
      await first.exited;
      const seats = await open([1]);
      const handle = await ready(seats, 1);
      expect((await handle.exec(["sh", "-c", "echo fine > f; cat f"])).stdout).toBe("fine\n");
      expect(await docker.docker.listContainers(machineLabels(machine))).toHaveLength(1);
      expect(await bridgedSeats(machine)).toEqual([1]);
      expect(await loopsUnder(directory)).toHaveLength(1);
    },
  );

  test("the daemon killed and started again: shells live, terminals come back, the firewall stands", async () => {
    newMachine();
    const seats = await open([1]);
    const handle = await ready(seats, 1);
    const pty = await handle.attach({ cols: 80, rows: 24 });
    pty.onData(() => {});
    pty.write(Buffer.from("kept=here-$((7+7)); touch set\r"));
    await until("the shell to have it", () => Bun.file(join(handle.workspace, "set")).exists());
    // As a careless administrator does.
    await removeFirewall(machine);
    await docker.restart();
    await pty.exited;
    const wall = await wallOf(machine, settings());
    await until("the firewall", () => firewallStands(wall));
    expect(await keptBy(await ready(seats, 1))).toBe(true);
    expect((await handle.exec(["nc", "-z", "127.0.0.1", "53"])).code).toBe(0);
  });

  test("a container removed by hand is made again with all work", async () => {
    newMachine();
    const seats = await open([1]);
    const { workspace } = await ready(seats, 1);
    writeFileSync(join(workspace, "work.txt"), "mine");
    // Docker tells: nobody waits for the next look, which comes every 10 s.
    await docker.docker.removeContainer(seatObject(machine, 1));
    await until("the end to be noticed", () => seats.status(1) !== "ready");
    await until("the repair", () => seats.report().changes.some(({ kind, endedAt }) => kind === "repair" && endedAt));
    const handle = await ready(seats, 1);
    expect((await handle.exec(["cat", "work.txt"])).stdout).toBe("mine");
  });

  test("a bridge removed by hand is made again around the running seat", async () => {
    newMachine();
    const seats = await open([1]);
    await ready(seats, 1);
    const [before] = await docker.docker.listContainers(machineLabels(machine));
    await Bun.$`ip link del ${bridgeOf(machine, 1)}`;
    await seats.ensure();
    await until("the repair", () => seats.report().changes.some(({ kind, endedAt }) => kind === "repair" && endedAt));
    expect(isConnected(machine, 1)).toBe(true);
    // The kernel drops what leaves a seat for the machine, so an answer of the bridge to ARP is what shows that the cable is in.
    await (await ready(seats, 1)).exec(["nc", "-z", "-w", "1", "198.51.100.1", "9"]);
    expect((await (await ready(seats, 1)).exec(["ip", "neigh"])).stdout).toMatch(/^10\.222\..* lladdr /);
    expect((await docker.docker.listContainers(machineLabels(machine))).map(({ Id }) => Id)).toEqual([before?.Id ?? ""]);
  });

  test("a learner who holds the agent's sweep, and a disk that is damaged, cost their own seat and no other", async () => {
    newMachine();
    const seats = await open([1, 2, 3]);
    const [one] = await Promise.all([1, 2, 3].map((seat) => ready(seats, seat)));
    let seen = "";
    (await one?.attach({ cols: 80, rows: 24 }))?.onData((bytes) => {
      seen += Buffer.from(bytes).toString("latin1");
    });
    await until("the session", () => seen.includes("seat-01"));
    // From now on no tmux command of hers ends.
    expect((await one?.exec(["sh", "-c", "kill -STOP $(tmux display -p '#{pid}')"]))?.code).toBe(0);
    await seats.close();
    await docker.docker.removeContainer(seatObject(machine, 2));
    const two = seatPaths(directory, 2);
    await unmountDisk(two);
    writeFileSync(two.image, Buffer.alloc(1024 * 1024));
    const again = await open([1, 2, 3]);
    expect((await (await ready(again, 3)).exec(["echo", "fine"])).stdout).toBe("fine\n");
    expect((await (await ready(again, 1)).exec(["echo", "fine"])).stdout).toBe("fine\n");
    const told = () => again.report().seats.find(({ seat }) => seat === 2);
    await until("the damaged disk to be told of", () => told()?.status === "error");
    expect(told()?.note).toContain("mount");
  });

  test("a cable of a container that is gone, held by a socket in its network, doesn't stop the next", async () => {
    newMachine();
    const seats = await open([1]);
    await ready(seats, 1);
    const { NetworkSettings } = (await docker.docker.inspectContainer(seatObject(machine, 1))) ?? {};
    const held = listenIn(NetworkSettings?.SandboxKey ?? "", { hostname: "127.0.0.1", port: 4000 }, { data() {} });
    await docker.docker.removeContainer(seatObject(machine, 1));
    expect(existsSync(`/sys/class/net/${cableOf(machine, 1)}`)).toBe(true);
    await until("the repair", () => seats.report().changes.some(({ kind, endedAt }) => kind === "repair" && endedAt));
    expect((await (await ready(seats, 1)).exec(["ip", "route"])).stdout).toContain("default via 10.222.");
    held.stop(true);
  });

  test("everything stopped as a reboot does: disks, firewall, seats and work are back", async () => {
    newMachine();
    const seats = await open([1, 2]);
    writeFileSync(join((await ready(seats, 1)).workspace, "work.txt"), "mine");
    await ready(seats, 2);
    await seats.close();
    await docker.reboot();
    for (const seat of [1, 2]) await unmountDisk(seatPaths(directory, seat));
    await removeFirewall(machine);
    const again = await open([1, 2]);
    const handle = await ready(again, 1);
    expect((await handle.exec(["cat", "work.txt"])).stdout).toBe("mine");
    expect(readFileSync(join(handle.workspace, "work.txt"), "utf8")).toBe("mine");
    expect(await firewallStands(await wallOf(machine, settings()))).toBe(true);
    await ready(again, 2);
  });

  test("removing everything leaves nothing: no container, network, bridge, mount, loop device or rule", async () => {
    newMachine();
    const seats = await open([1]);
    await ready(seats, 1);
    await seats.close();
    const removed = await seats.runtime.removeEverything();
    expect(removed.processes).toBeGreaterThanOrEqual(2);
    expect(await seats.runtime.leftovers()).toEqual({ processes: 0, directories: 0, sockets: 0, bytes: 0 });
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(directory);
    expect(await Bun.$`iptables-save`.text()).not.toContain(chainOf(machine));
    expect(await seats.runtime.removeEverything()).toEqual({ processes: 0, directories: 0, sockets: 0, bytes: 0 });
  });
});
