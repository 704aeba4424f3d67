import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { $, type SocketHandler } from "bun";
import type { TunnelGrant } from "../../../../../../agent/interfaces/grants.ts";
import { connectIn, listenIn } from "../../../../../../agent/seats/docker/network/netns.ts";
import { intoSeat, outOfSeat, SeatsOfNetworks } from "../../../../../support/tunnelled.ts";
import { until } from "../../../../../support/until.ts";

const canMount = process.getuid?.() === 0 && Bun.which("ip") !== null && Bun.which("mount") !== null;
const LEARNER = 20_001;
const MACHINE_SIDE = join(import.meta.dir, "../../../../../../agent/seats/docker/connect/tunnels/machine-side.ts");

const named = (name: string): SocketHandler<undefined> => ({
  data: (socket, bytes) => void socket.write(`${name} heard ${bytes}`),
});

/** What comes back to a question; empty when the connection is closed, undefined when nobody takes it. */
async function ask(connect: (socket: SocketHandler<undefined>) => Promise<{ write(text: string): number; terminate(): void }>) {
  const { promise, resolve } = Promise.withResolvers<string>();
  const over = () => resolve("");
  try {
    const socket = await connect({ data: (_socket, bytes) => resolve(bytes.toString()), close: over, error: over });
    socket.write("hello");
    return await promise.finally(() => socket.terminate());
  } catch {
    return undefined;
  }
}
const askUnix = (unix: string) => ask((socket) => Bun.connect({ unix, socket }));

describe.skipIf(!canMount)("tunnels whose ends are unix sockets (needs root, ip, mount)", () => {
  let seats: SeatsOfNetworks;
  let network: string;
  let disk: string;
  const servers: { stop(now: boolean): void }[] = [];
  const endServers = () => {
    for (const server of servers.splice(0)) server.stop(true);
  };
  const serve = (server: { stop(now: boolean): void }) => void servers.push(server);
  beforeAll(async () => {
    seats = new SeatsOfNetworks(LEARNER);
    disk = seats.paths(1).mount;
    mkdirSync(disk, { recursive: true });
    // As a seat's disk is mounted for the agent.
    await $`mount --bind ${disk} ${disk} && mount -o remount,bind,nosymfollow ${disk}`.quiet();
  });
  afterAll(async () => {
    endServers();
    await $`umount ${disk}`.quiet();
    await seats.remove();
  });
  beforeEach(async () => {
    seats.tunnels.closeAll();
    endServers();
    network = await seats.start(1);
  });

  const refusedOf = async (grant: TunnelGrant) => (await seats.tunnels.set(1, [grant]))[0]?.why;

  test("names without a file are the network's: one of the seat's is reached from the machine, and listens in the seat alone", async () => {
    const name = `ct-test-${process.pid}`;
    serve(listenIn(network, { name }, named("seat")));
    serve(Bun.listen({ unix: join(seats.sockets, "db"), socket: named("machine") }));
    await seats.tunnels.set(1, [intoSeat(`@${name}`, `@${name}`), outOfSeat(`@${name}-db`, join(seats.sockets, "db"))]);
    expect(await askUnix(`\0${name}`)).toBe("seat heard hello");
    const inside = (called: string) => ask((socket) => connectIn(network, { name: called }, socket, AbortSignal.timeout(60_000)));
    expect(await inside(`${name}-db`)).toBe("machine heard hello");
    expect(await askUnix(`\0${name}-db`)).toBeUndefined();
  });

  test("a socket among the learner's files is hers, leads to the machine's, and goes with the tunnel; one of hers is reached", async () => {
    const { workspace, tmp } = seats.paths(1);
    serve(Bun.listen({ unix: join(seats.sockets, "db"), socket: named("machine") }));
    serve(Bun.listen({ unix: join(tmp, "app.sock"), socket: named("seat") }));
    const grants = [
      outOfSeat("/project/db.sock", join(seats.sockets, "db")),
      intoSeat(join(seats.sockets, "app"), "/tmp/app.sock"),
    ];
    await seats.tunnels.set(1, grants);
    const { uid, gid, mode } = lstatSync(join(workspace, "db.sock"));
    expect([uid, gid, mode & 0o022]).toEqual([LEARNER, LEARNER, 0]);
    expect(await askUnix(join(workspace, "db.sock"))).toBe("machine heard hello");
    expect(await askUnix(join(seats.sockets, "app"))).toBe("seat heard hello");
    await seats.stop(1);
    expect(await askUnix(join(seats.sockets, "app"))).toBe("");
    seats.tunnels.close(1);
    for (const path of [join(workspace, "db.sock"), join(seats.sockets, "app")]) expect(existsSync(path)).toBe(false);
  });

  test("what a killed agent left is taken; what else is there isn't", async () => {
    const { workspace } = seats.paths(1);
    const left = Bun.spawn([
      "python3",
      "-c",
      `import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])`,
      join(workspace, "db.sock"),
    ]);
    await left.exited;
    const grant = outOfSeat("/workspace/db.sock", "127.0.0.1:1/tcp");
    await seats.tunnels.set(1, [grant]);
    expect(await askUnix(join(workspace, "db.sock"))).toBe("");
    seats.tunnels.close(1);
    writeFileSync(join(workspace, "db.sock"), "work");
    expect(await refusedOf(grant)).toContain("/workspace/db.sock of the seat is there and is no socket. Move it away");
    rmSync(join(workspace, "db.sock"));
    serve(Bun.listen({ unix: join(seats.sockets, "web"), socket: named("machine") }));
    const taken = intoSeat(join(seats.sockets, "web"), "127.0.0.1:80/tcp");
    expect(await seats.tunnels.whyNot(taken, 1)).toContain("is taken: a program listens there");
    expect(await askUnix(join(seats.sockets, "web"))).toBe("machine heard hello");
  });

  test("of the machine's sockets only what a tunnel left is taken, not one of a program that doesn't answer just now", async () => {
    const [left, others] = [join(seats.sockets, "left"), join(seats.sockets, "others")];
    const listen = `const { MachineSide } = await import(process.argv[1]);
      new MachineSide(process.argv[2]).listen({ kind: "path", path: process.argv[3] }, { data() {} });
      console.log("listens");`;
    const argv = [process.execPath, "-e", listen, MACHINE_SIDE, seats.sockets, left];
    const killed = Bun.spawn(argv, { stdout: "pipe" });
    await killed.stdout.getReader().read();
    killed.kill("SIGKILL");
    await killed.exited;
    serve(listenIn(network, { hostname: "127.0.0.1", port: 80 }, named("seat")));
    const [toLeft, toOthers] = [left, others].map((path) => intoSeat(path, "127.0.0.1:80/tcp")) as [TunnelGrant, TunnelGrant];
    expect(existsSync(left)).toBe(true);
    expect(await seats.tunnels.set(1, [toLeft])).toEqual([]);
    expect(await askUnix(left)).toBe("seat heard hello");

    const datagrams =
      "import socket,sys; s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); s.bind(sys.argv[1]); print(s.recv(9).decode())";
    const program = Bun.spawn(["python3", "-c", datagrams, others], { stdout: "pipe" });
    serve({ stop: () => program.kill() });
    await until("the program's socket", () => existsSync(others));
    expect(await seats.tunnels.whyNot(toOthers, 1)).toContain(
      `is taken: a socket is there that no tunnel left. End what made it`,
    );
    expect(await refusedOf(toOthers)).toContain("is taken: a socket is there that no tunnel left");
    const send = "import socket,sys; socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM).sendto(b'work',sys.argv[1])";
    await Bun.spawn(["python3", "-c", send, others]).exited;
    expect(await new Response(program.stdout).text()).toBe("work\n");
  });

  test("no link of the learner's leads a tunnel out of her files", async () => {
    const { tmp, workspace } = seats.paths(1);
    const outside = join(seats.directory, "outside");
    mkdirSync(outside);
    serve(Bun.listen({ unix: join(outside, "x.sock"), socket: named("machine") }));
    symlinkSync(join(outside, "x.sock"), join(tmp, "final.sock"));
    symlinkSync(outside, join(tmp, "way"));
    const port = `@ct-out-${process.pid}`;
    for (const path of ["/tmp/final.sock", "/tmp/way/x.sock"]) {
      await seats.tunnels.set(1, [intoSeat(port, path)]);
      expect(await askUnix(port.replace("@", "\0"))).toBe("");
    }
    expect(await refusedOf(outOfSeat("/tmp/way/y.sock", "127.0.0.1:1/tcp"))).toContain("has no directory /tmp/way");
    expect(await refusedOf(outOfSeat("/tmp/final.sock", "127.0.0.1:1/tcp"))).toContain("is there and is no socket");
    expect(readlinkSync(join(tmp, "final.sock"))).toBe(join(outside, "x.sock"));
    expect(existsSync(join(workspace, "y.sock"))).toBe(false);
  });

  test("the machine's sockets are those in its operator's directory, wherever a link in it may lead", async () => {
    const elsewhere = join(seats.directory, "elsewhere.sock");
    serve(Bun.listen({ unix: elsewhere, socket: named("machine") }));
    symlinkSync(elsewhere, join(seats.sockets, "link"));
    expect(await seats.tunnels.whyNot(intoSeat("/tmp/x.sock", "127.0.0.1:80/tcp"), 1)).toContain(
      "where tunnels may have sockets",
    );
    for (const path of [elsewhere, join(seats.sockets, "link"), join(seats.sockets, "absent/x")]) {
      const grant = outOfSeat("127.0.0.1:4000/tcp", path);
      expect(await seats.tunnels.whyNot(grant, 1)).toMatch(/where tunnels may have sockets|There is no/);
      expect(await refusedOf(grant)).toMatch(/where tunnels may have sockets|There is no/);
    }
    const none = new SeatsOfNetworks(LEARNER, null);
    expect(await none.tunnels.whyNot(outOfSeat("127.0.0.1:4000/tcp", elsewhere), 1)).toContain("CLARATEACH_TUNNEL_SOCKETS");
    await none.remove();
  });
});
