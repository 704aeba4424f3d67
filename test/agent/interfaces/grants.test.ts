import { expect, test } from "bun:test";
import type { Attributes, End, Interface } from "../../../agent/definition/interfaces.ts";
import { grantsOf, isLive } from "../../../agent/interfaces/grants.ts";
import { NOTHING_BY_HAND } from "../../../agent/interfaces/resolve.ts";

const end = (kind: Interface, attributes: Record<string, string | number | boolean> = {}): End => ({
  interface: kind,
  attributes: new Map(Object.entries(attributes)) as Attributes,
});

function granted(plug: [string, End], slot: [string, End], { place = 0, source = "" } = {}) {
  const ends = { plugs: new Map([plug]), slots: new Map([slot]) };
  const byHand = { ...NOTHING_BY_HAND, sources: source ? { [plug[0]]: source } : {} };
  const connection = { plug: plug[0], slot: slot[0], interface: plug[1].interface, auto: true };
  return grantsOf([connection], ends, byHand, place)[0];
}

const mount = end("mount", { "workshop-target": "/home/learner/.npm", "read-only": false, mode: 0o700, uid: 1000, gid: 1000 });

test("a mount is a directory kept for its plug, or the operator's, or another SDK's", () => {
  const own = {
    kind: "mount",
    plug: "node:cache",
    target: "/home/learner/.npm",
    mode: 0o700,
    uid: 1000,
    gid: 1000,
    readOnly: false,
  };
  const system: [string, End] = ["system:mount", end("mount")];
  expect(granted(["node:cache", mount], system)).toEqual({ ...own, from: { of: "own" } } as never);
  expect(granted(["node:cache", mount], system, { source: "/srv/npm" })).toMatchObject({
    from: { of: "machine", path: "/srv/npm" },
  });
  const wheels: [string, End] = ["python:wheels", end("mount", { "workshop-source": "/opt/wheels" })];
  expect(granted(["node:cache", mount], wheels)).toMatchObject({ from: { of: "seat", path: "/opt/wheels" } });
});

/** [plug, its endpoint, slot, its endpoint, the seat's place, where it listens, where that leads] */
const TUNNELS: [string, string, string, string, number, string, string][] = [
  [
    "system:web",
    "127.0.0.1:8080/tcp",
    "node:web",
    "127.0.0.1:3000/tcp",
    0,
    "machine 127.0.0.1:8080/tcp",
    "seat 127.0.0.1:3000/tcp",
  ],
  [
    "system:web",
    "127.0.0.1:8080/tcp",
    "node:web",
    "127.0.0.1:3000/tcp",
    3,
    "machine 127.0.0.1:8083/tcp",
    "seat 127.0.0.1:3000/tcp",
  ],
  ["system:web", "127.0.0.1:8080/tcp", "node:web", "", 1, "machine 127.0.0.1:8081/tcp", "seat 127.0.0.1:8080/tcp"],
  ["system:web", "127.0.0.1/tcp", "node:web", "127.0.0.1:3000/tcp", 0, "machine 127.0.0.1:3000/tcp", "seat 127.0.0.1:3000/tcp"],
  ["system:dns", "", "node:dns", "[::1]:5353/udp", 0, "machine 127.0.0.1:5353/udp", "seat [::1]:5353/udp"],
  ["system:db", "@db", "node:db", "/run/db.sock", 1, "machine @db.2", "seat /run/db.sock"],
  ["node:db", "127.0.0.1:5432/tcp", "system:db", "/srv/pg.sock", 4, "seat 127.0.0.1:5432/tcp", "machine /srv/pg.sock"],
];
for (const [plug, from, slot, to, place, listens, leads] of TUNNELS) {
  test(`a tunnel from ${plug} (${from || "unsaid"}) to ${slot} (${to || "unsaid"}) of the seat at place ${place}`, () => {
    const with_ = (endpoint: string) => end("tunnel", endpoint ? { endpoint } : {});
    const grant = granted([plug, with_(from)], [slot, with_(to)], { place });
    if (grant?.kind !== "tunnel") throw new Error("no tunnel");
    expect(`${grant.listens.on} ${grant.listens.endpoint}`).toBe(listens);
    expect(`${grant.leads.to} ${grant.leads.endpoint}`).toBe(leads);
  });
}

test("devices are told apart by what their plug says, and need another container", () => {
  const board = granted(
    ["node:board", end("custom-device", { subsystem: "tty", vendorid: "2341" })],
    ["system:custom-device", end("custom-device")],
  );
  expect(board).toEqual({ kind: "custom-device", plug: "node:board", match: { subsystem: "tty", vendorid: "2341" }, auto: true });
  expect(board && isLive(board)).toBe(false);
  expect(isLive({ kind: "tunnel" })).toBe(true);
});
