import type { SeatHandle } from "../../agent/seats/seat.ts";
import type { DockerSeats } from "../../test/support/docker-seats.ts";
import { type Figure, percentile } from "./figures.ts";
import { PlainViewer } from "./plain-viewer.ts";

const ECHOES = 100;

/** From a learner's arrival to the prompt: of seats where nobody was yet, and of the same ones when she comes back. */
export async function prompts(seats: DockerSeats, numbers: readonly number[]): Promise<Figure> {
  const arrivals = async () => {
    const samples: number[] = [];
    for (const number of numbers) {
      const began = performance.now();
      const viewer = new PlainViewer(await (await seats.seat(number)).attach({ cols: 100, rows: 30 }));
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
type Attack = (viewer: PlainViewer, seat: SeatHandle) => Promise<() => void>;

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
export async function echoes(seats: DockerSeats, numbers: readonly number[]): Promise<Figure[]> {
  const viewers = await Promise.all(
    numbers.flatMap((seat) =>
      [0, 1].map(async () => new PlainViewer(await (await seats.seat(seat)).attach({ cols: 100, rows: 30 }))),
    ),
  );
  const attacker = viewers[0] as PlainViewer;
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

async function measure(viewers: readonly PlainViewer[]): Promise<number[]> {
  const samples: number[] = [];
  for (let i = 0; i < ECHOES; i++) samples.push(await (viewers[i % viewers.length] as PlainViewer).echo());
  return samples;
}
