import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Socket, SocketHandler, udp } from "bun";
import { IN_A_WINDOW, WINDOW_MS } from "../../../../../../agent/seats/docker/connect/tunnels/datagrams.ts";
import { connectIn, listenIn, receiveIn } from "../../../../../../agent/seats/docker/network/netns.ts";
import { intoSeat, outOfSeat, SeatsOfNetworks } from "../../../../../support/tunnelled.ts";
import { until } from "../../../../../support/until.ts";

const canEnter = process.getuid?.() === 0 && Bun.which("ip") !== null;

/** Says who it is and what it was told. */
const named = (name: string): SocketHandler<undefined> => ({
  data: (socket, bytes) => void socket.write(`${name} heard ${bytes}`),
});

/** A port that nobody has now. */
function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  listener.stop(true);
  return listener.port;
}

/** What comes back to a question; empty when the connection is closed, undefined when nobody takes it. */
async function ask(connect: (socket: SocketHandler<undefined>) => Promise<Socket<undefined>>): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string>();
  try {
    const socket = await connect({
      data: (_socket, bytes) => resolve(bytes.toString()),
      close: () => resolve(""),
      error: () => resolve(""),
    });
    socket.write("hello");
    return await promise.finally(() => socket.terminate());
  } catch {
    return undefined;
  }
}

const askMachine = (port: number) => ask((socket) => Bun.connect({ hostname: "127.0.0.1", port, socket }));
const askIn = (network: string, port: number) =>
  ask((socket) => connectIn(network, { hostname: "127.0.0.1", port }, socket, AbortSignal.timeout(60_000)));

describe.skipIf(!canEnter)("tunnels between a machine and its seats (needs root, ip)", () => {
  let seats: SeatsOfNetworks;
  let network: string;
  const servers: { stop(now: boolean): void }[] = [];
  const serve = (server: { stop(now: boolean): void }) => void servers.push(server);
  beforeAll(() => {
    seats = new SeatsOfNetworks();
  });
  afterAll(() => seats.remove());
  beforeEach(async () => {
    seats.tunnels.closeAll();
    for (const server of servers.splice(0)) server.stop(true);
    network = await seats.start(1);
  });

  test("a port of the machine leads to the seat's localhost, on either of its addresses, and to no other seat", async () => {
    const [port, other] = [freePort(), freePort()];
    serve(listenIn(network, { hostname: "127.0.0.1", port: 3000 }, named("four")));
    serve(listenIn(network, { hostname: "::1", port: 3001 }, named("six")));
    await seats.tunnels.set(1, [
      intoSeat(`127.0.0.1:${port}/tcp`, "127.0.0.1:3000/tcp"),
      intoSeat(`127.0.0.1:${other}/tcp`, "127.0.0.1:3001/tcp"),
    ]);
    expect(await askMachine(port)).toBe("four heard hello");
    expect(await askMachine(other)).toBe("six heard hello");
    await seats.start(2);
    await seats.tunnels.set(2, [intoSeat(`127.0.0.1:${freePort()}/tcp`, "127.0.0.1:3000/tcp")]);
    expect(await askMachine(port)).toBe("four heard hello");
  });

  test("a port of the seat leads to the machine's localhost; nobody else of the machine has that port", async () => {
    const behind = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: named("machine") });
    serve(behind);
    await seats.tunnels.set(1, [outOfSeat("127.0.0.1:4000/tcp", `127.0.0.1:${behind.port}/tcp`)]);
    expect(await askIn(network, 4000)).toBe("machine heard hello");
    expect(await askMachine(4000)).toBeUndefined();
    expect(await askIn(await seats.start(2), 4000)).toBeUndefined();
  });

  test("what is set is open: again changes nothing, less closes, and who was connected is cut", async () => {
    const [kept, gone] = [freePort(), freePort()];
    serve(listenIn(network, { hostname: "127.0.0.1", port: 3000 }, named("seat")));
    const grants = [kept, gone].map((port) => intoSeat(`127.0.0.1:${port}/tcp`, "127.0.0.1:3000/tcp"));
    await seats.tunnels.set(1, grants);
    await seats.tunnels.set(1, grants);
    let cut = false;
    const close = () => {
      cut = true;
    };
    await Bun.connect({ hostname: "127.0.0.1", port: gone, socket: { data() {}, close, error() {} } });
    await seats.tunnels.set(1, grants.slice(0, 1));
    await until("the one that is closed to cut", () => cut);
    expect(await askMachine(kept)).toBe("seat heard hello");
    expect(await askMachine(gone)).toBeUndefined();
    seats.tunnels.close(1);
    expect(await askMachine(kept)).toBeUndefined();
    await seats.tunnels.set(1, []);
  });

  test("while the seat is away a connection is closed at once; when it is back, set leads to it again, from both sides", async () => {
    const [port, behind] = [freePort(), Bun.listen({ hostname: "127.0.0.1", port: 0, socket: named("machine") })];
    serve(behind);
    const grants = [
      intoSeat(`127.0.0.1:${port}/tcp`, "127.0.0.1:3000/tcp"),
      outOfSeat("127.0.0.1:4000/tcp", `127.0.0.1:${behind.port}/tcp`),
    ];
    await seats.tunnels.set(1, grants);
    expect(await askMachine(port)).toBe("");
    await seats.stop(1);
    expect(await askMachine(port)).toBe("");
    expect(seats.tunnels.set(1, grants)).rejects.toThrow("isn't running");
    const after = await seats.start(1);
    await seats.tunnels.set(1, grants);
    serve(listenIn(after, { hostname: "127.0.0.1", port: 3000 }, named("new seat")));
    expect(await askMachine(port)).toBe("new seat heard hello");
    expect(await askIn(after, 4000)).toBe("machine heard hello");
  });

  test("who has the port is said: another program, another seat's tunnel; in the seat, too", async () => {
    const program = Bun.spawn(["python3", "-uc", PYTHON], { stdout: "pipe" });
    const port = Number(new TextDecoder().decode((await program.stdout.getReader().read()).value));
    const grant = intoSeat(`127.0.0.1:${port}/tcp`, "127.0.0.1:3000/tcp");
    expect(await seats.tunnels.whyNot(grant, 1)).toMatch(
      /^Port \d+ of this machine is taken by python3.* \(process \d+\)\. End that/,
    );
    expect(await seats.tunnels.set(1, [grant])).toEqual([
      { plug: "system:web", why: expect.stringContaining("is taken by python3") },
    ]);
    program.kill();
    await program.exited;
    await until("the port", async () => (await seats.tunnels.whyNot(grant, 1)) === undefined);
    await seats.tunnels.set(1, [grant]);
    expect(await seats.tunnels.whyNot(grant, 1)).toBeUndefined();
    await seats.start(2);
    const second = { ...grant, plug: "system:other" };
    expect(await seats.tunnels.whyNot(second, 1)).toContain("taken by system:web of seat 01");
    expect(await seats.tunnels.whyNot(grant, 2)).toContain("taken by system:web of seat 01");
    serve(listenIn(network, { hostname: "127.0.0.1", port: 4000 }, named("learner")));
    const inSeat = outOfSeat("127.0.0.1:4000/tcp", "127.0.0.1:1/tcp");
    const why = expect.stringContaining("cannot take port 4000 of the seat: a program there has it. End that");
    expect(await seats.tunnels.set(1, [grant, inSeat])).toEqual([{ plug: "work:db", why }]);
  });

  test("datagrams go both ways, each peer has its own answers, and ends of other protocols aren't mixed up", async () => {
    const port = freePort();
    const echo = await receiveIn(network, { hostname: "127.0.0.1", port: 5000 }, echoes);
    const here = await Bun.udpSocket({ hostname: "127.0.0.1", port: 0, socket: echoes });
    await seats.tunnels.set(1, [
      intoSeat(`127.0.0.1:${port}/udp`, "127.0.0.1:5000/udp"),
      outOfSeat("127.0.0.1:5001/udp", `127.0.0.1:${here.port}/udp`),
    ]);
    const peers = await Promise.all(
      ["a", "b"].map((name) => talk((socket) => Bun.udpSocket({ hostname: "127.0.0.1", port: 0, socket }), name, port)),
    );
    expect(peers).toEqual(["heard a", "heard b"]);
    const inside = (socket: udp.SocketHandler<"buffer">) => receiveIn(network, { hostname: "127.0.0.1", port: 0 }, socket);
    expect(await talk(inside, "c", 5001)).toBe("heard c");
    seats.tunnels.closeAll();
    (await Bun.udpSocket({ hostname: "127.0.0.1", port, socket: {} })).close();
    for (const socket of [echo, here]) socket.close();
  });

  test("of a flood of datagrams so many are carried as may; when it is over, others are heard again", async () => {
    let carried = 0;
    const here = await Bun.udpSocket({ hostname: "127.0.0.1", port: 0, socket: { data: () => void carried++, error() {} } });
    await seats.tunnels.set(1, [outOfSeat("127.0.0.1:5001/udp", `127.0.0.1:${here.port}/udp`)]);
    const inside = await receiveIn(network, { hostname: "127.0.0.1", port: 0 }, { data() {}, error() {} });
    const began = performance.now();
    // As many at once as a socket's buffer holds.
    for (let turn = 0; turn < 200; turn++) {
      for (let one = 0; one < 100; one++) inside.send("x", 5001, "127.0.0.1");
      await new Promise(setImmediate);
    }
    const windows = Math.floor((performance.now() - began) / WINDOW_MS) + 2;
    expect(carried).toBeGreaterThan(0);
    expect(carried).toBeLessThanOrEqual(windows * IN_A_WINDOW);
    const before = carried;
    await until("it to be over", () => {
      inside.send("y", 5001, "127.0.0.1");
      return carried > before;
    });
    for (const socket of [here, inside]) socket.close();
  });

  test.each([
    [intoSeat("127.0.0.1:80/tcp", "127.0.0.1:80/tcp"), "Port 80 is one of the machine's own"],
    [intoSeat("127.0.0.1:8080/tcp", "127.0.0.1:9222/tcp"), "Port 9222 of every seat is ClaraTeach's own"],
    [outOfSeat("127.0.0.1:53/udp", "127.0.0.1:5353/udp"), "Port 53 of every seat is ClaraTeach's own"],
    [intoSeat("127.0.0.1:8080/tcp", "10.0.0.7:80/tcp"), "a seat is its localhost, not 10.0.0.7"],
    [outOfSeat("127.0.0.1:8080/tcp", "169.254.169.254:80/tcp"), "the machine's own localhost, not to 169.254.169.254"],
    [outOfSeat("127.0.0.1:8080/tcp", "@containerd"), "@containerd of the machine can't be reached"],
    [outOfSeat("/etc/x.sock", "127.0.0.1:80/tcp"), "/etc/x.sock is nowhere a seat's sockets can be"],
    [intoSeat("203.0.113.7:8080/tcp", "127.0.0.1:80/tcp"), "This machine has no address 203.0.113.7"],
  ])("refused: %j", async (grant, sentence) => {
    expect(await seats.tunnels.whyNot(grant, 1)).toContain(sentence);
    expect(await seats.tunnels.set(1, [grant])).toEqual([{ plug: grant.plug, why: expect.stringContaining(sentence) }]);
  });
});

const echoes: udp.SocketHandler<"buffer"> = {
  data: (socket, bytes, port, address) => void socket.send(`heard ${bytes}`, port, address),
  // Whoever asked has gone.
  error() {},
};

/** What comes back; a datagram that is lost is said again. */
async function talk(make: (socket: udp.SocketHandler<"buffer">) => Promise<udp.Socket<"buffer">>, word: string, port: number) {
  let heard = "";
  const socket = await make({
    data: (_socket, bytes) => {
      heard = bytes.toString();
    },
    error() {},
  });
  await until(`an answer to ${word}`, () => {
    socket.send(word, port, "127.0.0.1");
    return heard !== "";
  });
  socket.close();
  return heard;
}

const PYTHON = `import socket, time
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1])
time.sleep(300)`;
