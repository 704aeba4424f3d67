import { readFileSync } from "node:fs";
import { $ } from "bun";
import type { Upstream } from "../../agent/seats/docker/network/name-servers.ts";
import { listenIn, receiveIn } from "../../agent/seats/docker/network/netns.ts";

/** Addresses that nobody has (RFC 5737), as if they were the Internet. */
const GATEWAY = "198.51.100.1";
const HOSTS = { "allowed.test": "198.51.100.10", "other.test": "198.51.100.11", "deep.allowed.test": "198.51.100.12" } as const;

const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\nConnection: close\r\n\r\noutside\n";

/** Servers that seats reach only through the machine, and the name server that knows them. */
export interface Outside {
  hosts: typeof HOSTS;
  /** Bytes that reached it. */
  received(): number;
  /** Serves so many bytes of nothing to whoever connects to this port of each host; ends with `stop`. */
  serve(port: number, bytes: number): void;
  /** Names it was asked for. */
  asked: string[];
  /** Name servers to be asked instead of its own. */
  servers: Upstream[] | undefined;
  upstream(): Promise<Upstream[]>;
  /** Answers datagrams of one byte that come to this port; ends with `stop`. */
  greet(port: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A network of its own behind the machine, with a web server on port 80 of each host. Needs root.
 * @param more further addresses of the same server
 */
export async function startOutside(more: readonly string[] = []): Promise<Outside> {
  const name = `out${Bun.randomUUIDv7().slice(-6)}`;
  try {
    await layNetwork(name, more);
  } catch (error) {
    await removeNetwork(name);
    throw error;
  }
  const web = listenIn(
    `/var/run/netns/${name}`,
    { hostname: "0.0.0.0", port: 80 },
    { data: (socket) => void socket.end(ANSWER) },
  );
  const servers: { stop(now: boolean): void }[] = [];
  const asked: string[] = [];
  const dns = await Bun.udpSocket({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (socket, message, port, address) => void socket.send(answerTo(message, asked), port, address) },
  });
  const outside: Outside = {
    ...{ hosts: HOSTS, asked, servers: undefined },
    received: () => Number(readFileSync(`/sys/class/net/${name}/statistics/tx_bytes`, "utf8")),
    serve(port, bytes) {
      const send = (socket: Bun.Socket<{ left: number }>) => {
        const piece = new Uint8Array(Math.min(socket.data.left, 1024 * 1024));
        for (let wrote = -1; wrote !== 0 && socket.data.left > 0; socket.data.left -= wrote)
          wrote = Math.max(0, socket.write(piece.subarray(0, Math.min(piece.length, socket.data.left))));
        if (socket.data.left === 0) socket.end();
      };
      const open = (socket: Bun.Socket<{ left: number }>) => {
        socket.data = { left: bytes };
        send(socket);
      };
      servers.push(listenIn(`/var/run/netns/${name}`, { hostname: "0.0.0.0", port }, { open, drain: send, data() {} }));
    },
    upstream: async () => outside.servers ?? [{ address: "127.0.0.1", port: dns.port }],
    async greet(port) {
      const at = { hostname: "0.0.0.0", port } as const;
      const socket = await receiveIn(`/var/run/netns/${name}`, at, {
        data: (socket, message, port, address) => void (message.length === 1 && socket.send(message, port, address)),
      });
      servers.push({ stop: () => socket.close() });
    },
    async stop() {
      dns.close();
      for (const server of [web, ...servers]) server.stop(true);
      await removeNetwork(name);
    },
  };
  return outside;
}

async function layNetwork(name: string, more: readonly string[]): Promise<void> {
  await $`ip netns add ${name}
ip link add ${name} type veth peer name eth0 netns ${name}
ip addr add ${GATEWAY}/24 dev ${name}
ip link set ${name} up
ip -n ${name} link set lo up
ip -n ${name} link set eth0 up`.quiet();
  for (const address of Object.values(HOSTS)) await $`ip -n ${name} addr add ${address}/24 dev eth0`.quiet();
  await $`ip -n ${name} route add default via ${GATEWAY}`.quiet();
  for (const address of more) {
    await $`ip -n ${name} addr add ${address}/32 dev eth0`.quiet();
    await $`ip route add ${address}/32 via ${HOSTS["allowed.test"]} dev ${name}`.quiet();
  }
}

async function removeNetwork(name: string): Promise<void> {
  await $`ip netns del ${name}`.quiet().nothrow();
  await $`ip link del ${name}`.quiet().nothrow();
}

/** One A record for a known name, "no such name" for others. */
function answerTo(message: Uint8Array, asked: string[]): Uint8Array {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(Buffer.from(message.subarray(at + 1, at + 1 + length)).toString());
    at += 1 + length;
  }
  const name = labels.join(".");
  asked.push(name);
  const address = HOSTS[name as keyof typeof HOSTS];
  const head = Buffer.from(message.subarray(0, at + 5));
  head.writeUInt16BE(address ? 0x8180 : 0x8183, 2);
  head.writeUInt16BE(address ? 1 : 0, 6);
  head.fill(0, 8, 12);
  if (!address) return head;
  return Buffer.concat([head, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split(".").map(Number)])]);
}
