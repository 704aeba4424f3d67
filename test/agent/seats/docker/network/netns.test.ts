import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readlinkSync } from "node:fs";
import { $ } from "bun";
import { dialSeat } from "../../../../../agent/seats/docker/network/dial.ts";
import { connectIn, listenIn, receiveIn } from "../../../../../agent/seats/docker/network/netns.ts";
import { until } from "../../../../support/until.ts";

const canEnter = process.getuid?.() === 0 && Bun.which("ip") !== null;

describe.skipIf(!canEnter)("sockets of another network namespace (needs root, ip)", () => {
  const name = `ns${Bun.randomUUIDv7().slice(-6)}`;
  const path = `/var/run/netns/${name}`;
  const echo = { data: (socket: Bun.Socket, bytes: Uint8Array) => void socket.write(bytes) };
  beforeAll(async () => void (await $`ip netns add ${name} && ip -n ${name} link set lo up`.quiet()));
  afterAll(async () => void (await $`ip netns del ${name}`.quiet()));

  test("what listens there is reached from there, by either localhost, and not from here", async () => {
    const listener = listenIn(path, { hostname: "127.0.0.1", port: 4000 }, echo);
    const socket = await dialSeat(path, 4000);
    let said = "";
    socket.onData((bytes) => {
      said += Buffer.from(bytes).toString();
    });
    socket.write(Buffer.from("hello"));
    await until("the echo", () => said === "hello");
    expect(Bun.connect({ hostname: "127.0.0.1", port: 4000, socket: { data() {} } })).rejects.toThrow();
    const other = listenIn(path, { hostname: "::1", port: 4001 }, echo);
    (await dialSeat(path, 4001)).close();
    socket.close();
    for (const each of [listener, other]) each.stop(true);
    await until("the port to be free", () =>
      dialSeat(path, 4000).then(
        () => false,
        () => true,
      ),
    );
  });

  test("a taken port, one where nobody listens, one where nobody accepts, and a namespace that is gone are errors, and leave no descriptor", async () => {
    const before = descriptors();
    const at = { hostname: "127.0.0.1", port: 4002 } as const;
    const first = listenIn(path, at, echo);
    expect(() => listenIn(path, at, echo)).toThrow("port 4002");
    first.stop(true);
    expect(dialSeat(path, 4003)).rejects.toThrow("Nothing answers on port 4003");
    expect(() => listenIn("/var/run/netns/nobody", at, echo)).toThrow("isn't running");
    expect(connectIn(path, { hostname: "127.0.0.1", port: 4004 }, echo, AbortSignal.abort())).rejects.toThrow();
    await until("their descriptors to be closed", () => descriptors() === before);
  });

  test("nothing of Bun's runs inside: a thread that it began there would stay there", async () => {
    const seen: string[] = [];
    // Whoever makes the socket reads what it is to do.
    const looking = {
      get data() {
        seen.push(networkOf("thread-self"));
        return () => {};
      },
    };
    const at = { hostname: "127.0.0.1", port: 4005 } as const;
    const listener = listenIn(path, at, looking);
    (await receiveIn(path, at, looking)).close();
    (await connectIn(path, at, looking, AbortSignal.timeout(60_000))).end();
    listener.stop(true);
    expect(seen.length).toBeGreaterThanOrEqual(3);
    expect(new Set(seen)).toEqual(new Set([networkOf("self")]));
  });

  test("no thread of this process is in the learner's network, however often a socket was made there and whatever runs beside it", async () => {
    let garbage: unknown[] = [];
    for (let turn = 0; turn < 5000; turn++) {
      const listener = listenIn(path, { hostname: "127.0.0.1", port: 0 }, echo);
      (await receiveIn(path, { hostname: "127.0.0.1", port: 0 }, { data() {} })).close();
      listener.stop(true);
      garbage.push(new Array(500).fill({}));
      if (garbage.length > 500) garbage = [];
      if (turn % 100 === 0) expect(strangers()).toEqual([]);
    }
    expect(strangers()).toEqual([]);
  });
});

const descriptors = (): number => readdirSync("/proc/self/fd").length;

const networkOf = (process: string): string => readlinkSync(`/proc/${process}/ns/net`);

/** Threads that are in another network than the process. */
function strangers(): string[] {
  return readdirSync("/proc/self/task").filter((task) => {
    try {
      return networkOf(`self/task/${task}`) !== networkOf("self");
    } catch {
      // It ended.
      return false;
    }
  });
}
