import { expect, test } from "bun:test";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { LISTENING, machineSockets, socketsIn, UNCONNECTED } from "../../../agent/seats/kernel-sockets.ts";

const UDP = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  101: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 2011 2 0000000000000000 0
  102: 0200000A:CB21 0A6433C6:0035 01 00000000:00000000 00:00000000 00000000   101        0 2012 2 0000000000000000 0
  103: 0200000A:CB22 0A6433C6:0035 01 00000000:00000000 00:0000`;

test("sockets as the kernel lists them, those that wait for anybody and near ends of calls; a cut line is none", () => {
  expect(socketsIn(UDP)).toEqual([
    { address: "0100007F", port: 53, state: UNCONNECTED, uid: 101, inode: 2011 },
    { address: "0200000A", port: 52_001, state: "01", uid: 101, inode: 2012 },
  ]);
  expect(socketsIn("")).toEqual([]);
});

test("this machine's own are found by their state", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  const hearing = createSocket("udp4").bind(0, "127.0.0.1");
  await Promise.all([once(server, "listening"), once(hearing, "listening")]);
  const at = { tcp: (server.address() as AddressInfo).port, udp: hearing.address().port };
  const statesOf = async (table: "tcp" | "udp") => (await machineSockets(table)).filter(({ port }) => port === at[table]);
  expect((await statesOf("tcp")).map(({ state }) => state)).toEqual([LISTENING]);
  expect((await statesOf("udp")).map(({ state }) => state)).toEqual([UNCONNECTED]);
  server.close();
  hearing.close();
});
