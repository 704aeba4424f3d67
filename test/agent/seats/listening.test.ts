import { expect, test } from "bun:test";
import { parseListening, portsOf } from "../../../agent/seats/listening.ts";

const line = (local: string, state = "0A", uid = 1000, inode = 7) =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  ${uid}        0 ${inode} 1 00000000d5c9056e 100 0 0 10 0`;
const HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
const portsIn = (...lines: string[]) => parseListening([HEAD, ...lines].join("\n")).map(({ port }) => port);

test("whoever listens where a call to localhost arrives counts, by either kind of address", () => {
  expect(portsIn(line("00000000:0BB8"), line("0100007F:1F90"))).toEqual([3000, 8080]);
  expect(portsIn(line(`${"0".repeat(32)}:0BB8`), line(`${"0".repeat(24)}01000000:1F90`))).toEqual([3000, 8080]);
  expect(portsIn(line("0000000000000000FFFF00000100007F:1435"))).toEqual([5173]);
});

test("connections, other addresses, and lines that are none or cut don't", () => {
  expect(portsIn(line("0100007F:0BB8", "01"), line("0200DE0A:0BB8"), line("0101007F:0BB8"))).toEqual([]);
  expect(portsIn("", "garbage", line("0100007F:0BB8").slice(0, 60), line("0100007F:0BB"), line("0100007F:-001"))).toEqual([]);
});

test("a port where anybody else listens, too, is nobody's to open", () => {
  const found = parseListening([line("0100007F:0BB8", "0A", 1000, 1), line("0100007F:1F90", "0A", 1000, 2)].join("\n"));
  const shared = parseListening(line(`${"0".repeat(24)}01000000:0BB8`, "0A", 0, 3));
  expect(portsOf([...found, ...shared], ({ uid }) => uid === 1000)).toEqual([8080]);
});

test("of many ports the first are told", () => {
  const many = Array.from({ length: 500 }, (_, i) => ({ port: 2000 - i, uid: 1, inode: i }));
  const told = portsOf(many, () => true);
  expect(told.length).toBe(64);
  expect(told[0]).toBe(1501);
});
