import { Engine } from "../../agent/seats/docker/engine.ts";
import { seatObject } from "../../agent/seats/docker/names.ts";
import { runProgram } from "../../agent/seats/docker/programs.ts";
import type { Pty, SeatHandle } from "../../agent/seats/seat.ts";
import { type DockerSeats, dockerSeats } from "../../test/support/docker-seats.ts";
import { startDockerWorld } from "../../test/support/docker-world.ts";
import { type PrivateDocker, smallSeats, startDocker } from "../../test/support/dockerd.ts";
import { fullClass } from "./class.ts";
import { type Figure, percentile } from "./figures.ts";
import { memory } from "./memory.ts";

const TEN = Array.from({ length: 10 }, (_, i) => i + 1);
const MiB = 1024 ** 2;
/** As many as the seat manager makes side by side. */
const PARALLEL = 4;
/** Of which the median counts: a machine that does other things too makes single ones differ by a fifth. */
const ROUNDS = 3;
const ECHOES = 100;
/** Before a keystroke the last one's line is gone. */
const SETTLE_MS = 15;
/** One that takes this long counts as this long. */
const ECHO_LIMIT_MS = 5000;
const FLOOD_MB = 100;

/** Seats in containers on a daemon of its own: start, one seat's attacks felt by the others, the cost of a byte. Needs root. */
export async function dockerFigures(): Promise<Figure[]> {
  const daemon = await startDocker();
  let seats: DockerSeats | undefined;
  try {
    // The first containers after the daemon's start pay for its caches.
    await bareSeconds(daemon, "warm");
    const [bare, made]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      bare.push(await bareSeconds(daemon, `bare${round}`));
      await seats?.remove();
      const began = performance.now();
      seats = await dockerSeats(TEN, { settings: { ...smallSeats(daemon), memory: 512 * MiB, disk: 128 * MiB, cpus: 0.5 } });
      made.push((performance.now() - began) / 1000);
    }
    if (!seats) throw new Error("no seats were made");
    const peer = { name: "ten create + start", value: percentile(bare, 50) };
    const start = {
      bench: "docker",
      name: "ten seats, from nothing to ready",
      value: percentile(made, 50),
      unit: "s",
      peer,
      aim: 1.2,
    };
    return [start, await prompts(seats), ...(await echoes(seats)), await bytes(daemon, seats)];
  } finally {
    await seats?.remove();
    await daemon.stop();
  }
}

/** The agent itself, as a class has it, with ten containers. */
export async function dockerMemory(): Promise<Figure[]> {
  const world = await startDockerWorld();
  try {
    const figures = await memory(await fullClass(world));
    return figures.map((figure) => ({ ...figure, bench: "docker", name: `${figure.name}, in containers`, aim: 110 }));
  } finally {
    await world.end();
  }
}

/** Ten containers of the same image with a network, nothing of ours in them. */
async function bareSeconds({ docker, image }: PrivateDocker, prefix: string): Promise<number> {
  const network = `${prefix}-network`;
  await docker.createNetwork(network, { Driver: "bridge" });
  const names = TEN.map((number) => `${prefix}-${number}`);
  const began = performance.now();
  const queue = [...names];
  const worker = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      await docker.createContainer(name, {
        ...{ Image: image, Hostname: name, User: "0:0", WorkingDir: "/", Env: [], Labels: {} },
        ...{ Entrypoint: [], Cmd: ["sleep", "infinity"], HostConfig: { NetworkMode: network } },
      });
      await docker.startContainer(name);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  const seconds = (performance.now() - began) / 1000;
  for (const name of names) await docker.removeContainer(name);
  await docker.removeNetwork(network);
  return seconds;
}

/** From a learner's arrival to the prompt: of seats where nobody was yet, and of the same ones when she comes back. */
async function prompts(seats: DockerSeats): Promise<Figure> {
  const arrivals = async () => {
    const samples: number[] = [];
    for (const number of TEN) {
      const began = performance.now();
      const viewer = new Viewer(await (await seats.seat(number)).attach({ cols: 100, rows: 30 }));
      await viewer.sees("learner@seat");
      samples.push(performance.now() - began);
      viewer.pty.close();
      await viewer.pty.exited;
    }
    return percentile(samples, 50);
  };
  const first = await arrivals();
  const peer = { name: "when she comes back", value: await arrivals() };
  return { bench: "docker", name: "first prompt of a new seat", value: first, unit: "ms", peer };
}

/** Begins in the first seat; what it returns ends it. */
type Attack = (viewer: Viewer, seat: SeatHandle) => Promise<() => void>;

const typed =
  (line: string): Attack =>
  async ({ pty }) => {
    pty.write(Buffer.from(`\x15${line}\r`));
    return () => void pty.write(Buffer.from("\x03"));
  };
const running =
  (line: string): Attack =>
  async (_viewer, seat) => {
    const { kill } = await seat.spawn(["bash", "-c", `exec >/dev/null 2>&1; ${line}`]);
    return kill;
  };

const CONNECTS = `import socket
while True:
  k=[]
  for i in range(10000):
    s=socket.socket(); s.setblocking(False); s.connect_ex(("198.51.100.1",443)); k.append(s)`;
const ATTACKS: Record<string, Attack> = {
  "prints without end": typed("yes flooding"),
  "forks without end": running(":(){ :|:& };:; wait"),
  "takes all memory, again and again": running(
    "while :; do python3 -c 'x=[]\nwhile True: x.append(bytearray(10_000_000))'; done",
  ),
  "fills its disk, again and again": running(
    "while :; do fallocate -l 120M /workspace/huge; dd if=/dev/zero of=/workspace/more bs=1M; rm -f /workspace/huge /workspace/more; done",
  ),
  "makes files without end": running(
    "cd /workspace; i=0; while :; do i=$((i+1)); mkdir -p d$((i%100)); : > d$((i%100))/$i; done",
  ),
  "opens connections without end": running(`while :; do python3 -c '${CONNECTS}'; done`),
};

/** Keystrokes of nine learners, each echoed by a shell; two viewers a seat. */
async function echoes(seats: DockerSeats): Promise<Figure[]> {
  const viewers = await Promise.all(
    TEN.flatMap((seat) => [0, 1].map(async () => new Viewer(await (await seats.seat(seat)).attach({ cols: 100, rows: 30 })))),
  );
  const attacker = viewers[0] as Viewer;
  // One of each seat, the first left out: two that type into one line would erase each other's.
  const nine = viewers.filter((_, i) => i >= 2 && i % 2 === 0);
  await Promise.all(nine.map((viewer) => viewer.echo()));
  const p99 = async (name: string): Promise<Figure> => ({
    ...{ bench: "docker", name: `echo p99, nine seats, ${name}`, unit: "ms", aim: 50 },
    value: percentile(await measure(nine), 99),
  });
  const figures = [await p99("all calm")];
  for (const [name, attack] of Object.entries(ATTACKS)) {
    const end = await attack(attacker, await seats.seat(1));
    figures.push(await p99(`the tenth ${name}`));
    end();
  }
  for (const viewer of viewers) viewer.pty.close();
  return figures;
}

async function measure(viewers: readonly Viewer[]): Promise<number[]> {
  const samples: number[] = [];
  for (let i = 0; i < ECHOES; i++) samples.push(await (viewers[i % viewers.length] as Viewer).echo());
  return samples;
}

class Viewer {
  #seen = "";
  #look: (() => void) | undefined;
  static #count = 0;

  constructor(readonly pty: Pty) {
    pty.onData((bytes) => {
      this.#seen = (this.#seen + Buffer.from(bytes).toString("latin1")).slice(-4000);
      this.#look?.();
    });
  }

  sees(text: string): Promise<void> {
    const came = Promise.withResolvers<void>();
    this.#look = () => this.#seen.includes(text) && came.resolve();
    this.#look();
    return came.promise;
  }

  /** Milliseconds from a keystroke to its picture. */
  async echo(): Promise<number> {
    const key = String.fromCharCode(97 + (Viewer.#count++ % 26));
    this.pty.write(Buffer.from("\x15"));
    await Bun.sleep(SETTLE_MS);
    this.#seen = "";
    const came = Promise.withResolvers<void>();
    this.#look = () => this.#seen.includes(key) && came.resolve();
    const began = performance.now();
    this.pty.write(Buffer.from(key));
    const timer = setTimeout(came.resolve, ECHO_LIMIT_MS);
    await came.promise;
    clearTimeout(timer);
    return performance.now() - began;
  }
}

/** Megabytes for a second of processor time, through our connection and through Docker's own program. */
async function bytes(daemon: PrivateDocker, seats: DockerSeats): Promise<Figure> {
  const container = seatObject(seats.machine, 2);
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await ourBytes(new Engine(daemon.socket), container));
    if (Bun.which("docker")) theirs.push(await dockersBytes(daemon.socket, container));
  }
  const figure: Figure = {
    bench: "docker",
    name: "terminal bytes per processor second",
    value: percentile(ours, 50),
    unit: "MB/s",
  };
  return theirs.length > 0 ? { ...figure, peer: { name: "docker exec", value: percentile(theirs, 50) } } : figure;
}

const FLOOD = ["head", "-c", String(FLOOD_MB * 1e6), "/dev/zero"];

async function ourBytes(docker: Engine, container: string): Promise<number> {
  const before = process.cpuUsage();
  let got = 0;
  const { stream } = await runProgram(docker, container, { argv: FLOOD, tty: true });
  stream.onData((piece) => {
    got += piece.length;
  });
  await stream.closed;
  const { user, system } = process.cpuUsage(before);
  return got / (user + system);
}

async function dockersBytes(socket: string, container: string): Promise<number> {
  const child = Bun.spawn(["docker", "-H", `unix://${socket}`, "exec", container, ...FLOOD], {
    stdout: "ignore",
    stderr: "ignore",
  });
  await child.exited;
  return (FLOOD_MB * 1e6) / Number(child.resourceUsage()?.cpuTime.total ?? 0);
}
