import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { DockerSettings } from "../../../../../agent/seats/docker/settings.ts";
import { type DockerSeats, dockerSeats } from "../../../../support/docker-seats.ts";
import { canRunDocker, type PrivateDocker, smallSeats, startDocker } from "../../../../support/dockerd.ts";
import { type Outside, startOutside } from "../../../../support/outside.ts";

const MB = 1024 * 1024;
/** What a seat may send at once, and each second from then on. */
const [AT_ONCE, PER_SECOND] = [200 * MB, MB];
/** Of one flood: without a limit most of it arrives. */
const FLOOD = 280 * MB;
/** As much as a big installation of packages; at the rate of sending it would take 5 minutes. */
const DOWNLOAD = 300 * MB;
const DOWNLOAD_MS = 60_000;
/** For packets' heads, and what else the seat says. */
const SLACK = 20 * MB;
const [PORT, SINK] = [8000, 8001];

describe.skipIf(!canRunDocker)("a seat that sends all it can (needs root, dockerd, iptables)", () => {
  let docker: PrivateDocker;
  let outside: Outside;
  let seats: DockerSeats;
  beforeAll(async () => {
    docker = await startDocker();
    outside = await startOutside();
    outside.serve(PORT, DOWNLOAD);
    await outside.greet(SINK);
    const settings: DockerSettings = { ...smallSeats(docker), outbound: { policy: "open" } };
    seats = await dockerSeats([1, 2], { settings, upstream: outside.upstream });
  });
  afterAll(async () => {
    await seats?.remove();
    await outside?.stop();
    await docker?.stop();
  });

  /** @returns bytes of it that arrived, and the most that may have */
  async function flood(): Promise<{ arrived: number; most: number }> {
    const [before, began] = [outside.received(), performance.now()];
    expect((await seats.sh(1, `python3 -c '${FLOODS}'`)).stdout).toBe("");
    return { arrived: outside.received() - before, most: PER_SECOND * ((performance.now() - began) / 1000) + SLACK };
  }
  async function download(seat: number): Promise<void> {
    const began = performance.now();
    const { stdout } = await seats.sh(seat, `nc -d ${outside.hosts["other.test"]} ${PORT} </dev/null | wc -c`);
    expect(stdout.trim()).toBe(String(DOWNLOAD));
    expect(performance.now() - began).toBeLessThan(DOWNLOAD_MS);
  }

  test("its flood is cut to the rate; a neighbour sends and downloads, and so does it itself, and its learner's terminal goes on", async () => {
    const first = await flood();
    expect(first.arrived).toBeGreaterThan(AT_ONCE / 2);
    expect(first.arrived).toBeLessThan(AT_ONCE + first.most);
    const second = await flood();
    expect(second.arrived).toBeGreaterThan(MB);
    expect(second.arrived).toBeLessThan(second.most);
    await download(1);
    // While the flood goes on.
    let floods = true;
    const flooding = (async () => {
      while (floods) await flood();
    })();
    await download(2);
    expect((await seats.sh(2, "curl -sS http://allowed.test/")).stdout.trim()).toBe("outside");
    expect(await throughAgent()).toBe(DOWNLOAD);
    floods = false;
    await flooding;
  });

  /** Bytes that the agent reads from a server of the seat's own, as a preview or a terminal comes to its learner. */
  async function throughAgent(): Promise<number> {
    const seat = await seats.seat(1);
    await seat.spawn(["bash", "-c", `head -c ${DOWNLOAD} /dev/zero | nc -lN 127.0.0.1 ${PORT}`]);
    await seats.sh(1, `for i in $(seq 600); do grep -q ":1F40 00000000:0000 0A" /proc/net/tcp && break; sleep 0.1; done`);
    const socket = await seat.dial(PORT);
    let bytes = 0;
    socket.onData((piece) => {
      bytes += piece.length;
    });
    const began = performance.now();
    await socket.closed;
    expect(performance.now() - began).toBeLessThan(DOWNLOAD_MS);
    return bytes;
  }
});

/** By UDP, which no loss slows down, to a server that answered once: what nobody answers is cut short before. */
const FLOODS = `import socket
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.settimeout(60)
s.connect(("198.51.100.10",${SINK})); s.send(b"?"); s.recv(1)
piece=bytes(1400)
for i in range(${Math.floor(FLOOD / 1400)}):
  try: s.send(piece)
  except OSError: pass`;
