import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { MachineReport } from "../../../../agent/contract/machine.ts";
import type { SeatHandle } from "../../../../agent/seats/seat.ts";
import { AGENT_COMMAND } from "../../../support/agent.ts";
import { type DockerSeats, dockerSeats } from "../../../support/docker-seats.ts";
import { canRunDocker, type PrivateDocker, smallSeats, startDocker } from "../../../support/dockerd.ts";
import { newDocument, newMachineDir, newSigner } from "../../../support/machine.ts";
import { until } from "../../../support/until.ts";

describe.skipIf(!canRunDocker)("Docker is updated in mid-class, with live-restore (needs root, dockerd, iptables)", () => {
  let docker: PrivateDocker;
  let seats: DockerSeats | undefined;
  beforeAll(async () => {
    docker = await startDocker();
  });
  afterEach(async () => {
    await seats?.remove();
    seats = undefined;
  });
  afterAll(() => docker?.stop());

  const LIST = "#{session_name} #{window_index} #{pane_pid} #{pane_start_command} #{pane_width}x#{pane_height}";
  const panes = async (seat: SeatHandle) => {
    const { stdout } = await seat.exec(["tmux", "list-panes", "-a", "-F", LIST]);
    return stdout.trim().split("\n");
  };
  const counted = (seat: SeatHandle) => Number(readFileSync(join(seat.workspace, "count"), "utf8"));
  const count = "for i in $(seq 1000000); do echo $i > part; mv part count; sleep 0.1; done";

  test("every session is as it was: windows, programs, what stands on the screen; what the agent began goes on, its old terminals end", async () => {
    seats = await dockerSeats([1, 2], { settings: smallSeats(docker) });
    const all = await Promise.all([1, 2].map((number) => seats?.seat(number) as Promise<SeatHandle>));
    for (const seat of all) {
      const pty = await seat.attach({ cols: 90, rows: 30 });
      pty.onData(() => {});
      pty.write(Buffer.from(`kept=here-$((7+7)); ${count}\r`));
      await until("the counter", () => Bun.file(join(seat.workspace, "count")).exists());
      await seat.exec(["tmux", "new-window", "-d", "-n", "editor", "-t", "main:", "vi"]);
      await until("the second window", async () => (await panes(seat)).some((line) => /^main 1 \d+ vi /.test(line)));
    }
    const [one] = all as [SeatHandle];
    const program = await one.spawn(["sh", "-c", "while :; do echo a lot of words; echo beat > beat; done"]);
    let ended = false;
    void program.exited.then(() => {
      ended = true;
    });
    const before = await Promise.all(all.map(panes));
    await docker.leave();
    const then = all.map(counted);
    for (const [i, seat] of all.entries()) await until("the counter to go on", () => counted(seat) > (then[i] ?? 0) + 3);
    await docker.comeBack();
    expect(await Promise.all(all.map(panes))).toEqual(before);
    for (const seat of all) {
      await until("the old terminal to end", async () => (await seat.exec(["tmux", "list-clients"])).stdout === "");
      expect((await seat.exec(["tmux", "capture-pane", "-p", "-t", "main:0"])).stdout).toContain("kept=here-$((7+7))");
    }
    rmSync(join(one.workspace, "beat"), { force: true });
    await until("the program to go on", () => Bun.file(join(one.workspace, "beat")).exists());
    expect(ended).toBe(false);
    program.kill();
    await program.exited;
    expect((await one.exec(["pgrep", "-f", "a lot of words"])).stdout).toBe("");
  });

  test("while it is away looks that fail are told once, and once more when it goes again", async () => {
    const told: string[] = [];
    seats = await dockerSeats([1], { settings: smallSeats(docker) }, undefined, (error) => void told.push(String(error)));
    const { manager } = seats;
    for (const times of [1, 2]) {
      await docker.leave();
      for (let look = 0; look < 3; look++) await manager.ensure();
      expect(told).toHaveLength(times);
      expect(told.at(-1)).toContain("Docker doesn't answer at");
      expect(manager.status(1)).toBe("ready");
      await docker.comeBack();
      await manager.ensure();
    }
  });

  test("the agent's report is answered all the same, to the gateway's side and its owner's, and nothing counts as gone", async () => {
    const document = newDocument(await newSigner(), 1);
    const directory = await newMachineDir(document);
    const env = { ...process.env, CLARATEACH_DOCKER_SOCKET: docker.socket, CLARATEACH_SEAT_MEMORY: "512M" };
    const small = { CLARATEACH_SEAT_DISK: "256M", CLARATEACH_SEAT_CPUS: "1" };
    const agent = Bun.spawn([...AGENT_COMMAND, "serve", "--machine", directory, "--runtime", "docker"], {
      ...{ env: { ...env, ...small }, stdio: ["ignore", "ignore", "inherit"] },
    });
    const ask = async (): Promise<MachineReport | undefined> => {
      const answer = await fetch("http://agent/report", { unix: join(directory, "agent.socket") }).catch(() => undefined);
      if (answer) expect(answer.status).toBe(200);
      return answer?.json() as Promise<MachineReport> | undefined;
    };
    const faults = () =>
      readFileSync(join(directory, "agent.log"), "utf8")
        .split("\n")
        .filter((line) => line.includes('"fault"'));
    try {
      await until("the seat", async () => (await ask())?.seats[0]?.status === "ready");
      expect((await ask())?.seats[0]?.usage?.processes).toBeGreaterThan(1);
      await docker.leave();
      await until("the look that fails", () => faults().length > 0);
      for (let turn = 0; turn < 5; turn++) {
        const report = await ask();
        expect(report?.seats[0]).toMatchObject({ status: "ready" });
        expect(report?.leftovers.directories).toBeGreaterThan(0);
      }
      expect(faults()).toHaveLength(1);
      await docker.comeBack();
      await until("the seat's usage again", async () => (await ask())?.seats[0]?.usage);
    } finally {
      agent.kill();
      await agent.exited;
      const clear = Bun.spawnSync([...AGENT_COMMAND, "clear", "--machine", directory], { env: { ...env, ...small } });
      expect(clear.exitCode).toBe(0);
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
