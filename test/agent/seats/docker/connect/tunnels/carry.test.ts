import { afterEach, expect, test } from "bun:test";
import type { Socket, SocketHandler } from "bun";
import { Carrier, CONNECTIONS, type Half } from "../../../../../../agent/seats/docker/connect/tunnels/carry.ts";
import { HALF_OPEN } from "../../../../../../agent/seats/docker/connect/tunnels/sides.ts";
import { until } from "../../../../../support/until.ts";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A tunnel to a server of the test's. @returns its port */
function tunnelTo<Data>(server: SocketHandler<Data>, ...more: Partial<Carrier>[]): { port: number; carrier: Carrier } {
  const behind = Bun.listen<Data>({ hostname: "127.0.0.1", port: 0, socket: server, ...HALF_OPEN });
  const dial = (socket: SocketHandler<Half>) =>
    Bun.connect<Half>({ hostname: "127.0.0.1", port: behind.port, socket, ...HALF_OPEN });
  const carrier = Object.assign(new Carrier(dial), ...more);
  const front = Bun.listen<Half>({ hostname: "127.0.0.1", port: 0, socket: carrier.handler, ...HALF_OPEN });
  ends.push(
    () => front.stop(true),
    () => behind.stop(true),
  );
  return { port: front.port, carrier };
}

interface Client {
  socket: Socket;
  heard: Uint8Array[];
  text(): string;
  closed: Promise<void>;
  ended: boolean;
  over: boolean;
}

async function connect(port: number): Promise<Client> {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const client = {
    heard: [] as Uint8Array[],
    text: () => Buffer.concat(client.heard).toString(),
    closed,
    ended: false,
    over: false,
  } as Client;
  client.socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    ...HALF_OPEN,
    socket: {
      data: (_socket, bytes) => void client.heard.push(bytes.slice()),
      end: () => {
        client.ended = true;
      },
      close: () => {
        client.over = true;
        resolve();
      },
      error: () => resolve(),
    },
  });
  ends.push(() => client.socket.terminate());
  return client;
}

/** What has begun to grow doesn't any more, each time it is looked at. */
function holdsStill(value: () => number): () => boolean {
  let [last, same] = [0, 0];
  return () => {
    same = value() > 0 && value() === last ? same + 1 : 0;
    last = value();
    return same > 20;
  };
}

/** By a server that says again what it hears. False: it is closed. */
async function isCarried({ socket, heard, closed }: Client): Promise<boolean> {
  let isClosed = false;
  void closed.then(() => {
    isClosed = true;
  });
  socket.write("x");
  await until("the echo or the end", () => heard.length > 0 || isClosed);
  return heard.length > 0;
}

test("who says her last still hears the answer, and then both sides are over", async () => {
  let asked = "";
  const { port } = tunnelTo({
    data: (_socket, bytes) => {
      asked += bytes.toString();
    },
    end: (socket) => {
      socket.write(`you asked ${asked}`);
      socket.end();
    },
  });
  const client = await connect(port);
  client.socket.write("for bread");
  client.socket.shutdown();
  await until("the answer's end", () => client.ended || client.over);
  expect(client.text()).toBe("you asked for bread");
  client.socket.end();
  await client.closed;
});

test.each([false, true])(
  "a server that says all and leaves at once is heard to its end by who reads late (and said her last: %p)",
  async (saysLast) => {
    const all = Buffer.alloc(8 * 1024 * 1024, "abc");
    let [said, hasLeft] = [0, false];
    const say = (socket: Socket<{ at: number }>) => {
      const { data } = socket;
      for (let taken = -1; taken !== 0 && data.at < all.length; data.at += taken) taken = socket.write(all.subarray(data.at));
      said = data.at;
      if (data.at === all.length) socket.end();
    };
    const { port } = tunnelTo<{ at: number }>({
      open(socket) {
        socket.data = { at: 0 };
        say(socket);
      },
      drain: say,
      data() {},
      end() {},
      close() {
        hasLeft = true;
      },
    });
    const client = await connect(port);
    client.socket.pause();
    if (saysLast) client.socket.shutdown();
    const isHeldBack = holdsStill(() => said);
    await until("the server to have left, or to be held back", () => hasLeft || isHeldBack());
    client.socket.resume();
    await until("the end", () => client.heard.length > 0 && (client.ended || client.over));
    expect(Buffer.concat(client.heard).equals(all)).toBe(true);
  },
);

test("who doesn't read holds the other side back, not our memory", async () => {
  const piece = Buffer.alloc(64 * 1024);
  let said = 0;
  const say = (socket: Socket) => {
    for (let taken = 1; taken > 0; said += taken) taken = Math.max(0, socket.write(piece));
  };
  const { port } = tunnelTo({ open: say, drain: say, data() {} });
  const client = await connect(port);
  client.socket.pause();
  await until(
    "the server to be held back",
    holdsStill(() => said),
  );
  // What the kernel holds of three sockets.
  expect(said).toBeLessThan(40 * 1024 * 1024);
  client.socket.resume();
  await until("it to go on", () => said > 100 * 1024 * 1024);
});

test("a connection beyond the limit, one whose server isn't there and one of a closed tunnel are closed, and room comes back", async () => {
  const { port, carrier } = tunnelTo({ data: (socket, bytes) => void socket.write(bytes) });
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => connect(port)));
  expect(await Promise.all(clients.map(isCarried))).toEqual(clients.map(() => true));
  expect(await isCarried(await connect(port))).toBe(false);
  clients[0]?.socket.terminate();
  await until("room", async () => isCarried(await connect(port)));
  carrier.close();
  await Promise.all(clients.slice(1).map(({ closed }) => closed));
  await (await connect(port)).closed;
  const nowhere = new Carrier(() => Promise.reject(new Error("nobody")));
  const front = Bun.listen<Half>({ hostname: "127.0.0.1", port: 0, socket: nowhere.handler, ...HALF_OPEN });
  await (await connect(front.port)).closed;
  front.stop(true);
});
