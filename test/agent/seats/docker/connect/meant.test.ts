import { expect, test } from "bun:test";
import type { End, Plug } from "../../../../../agent/definition/interfaces.ts";
import { asMeant } from "../../../../../agent/seats/docker/connect/meant.ts";

const tunnel = (endpoint: string): End => ({ interface: "tunnel", attributes: new Map([["endpoint", endpoint]]) });
const mount = (readOnly: boolean): End => ({
  interface: "mount",
  attributes: new Map<string, string | boolean>([
    ["workshop-target", "/data"],
    ["read-only", readOnly],
  ]),
});
const ends = (db: string, readOnly = true) => ({
  plugs: new Map<string, Plug>([
    ["node:db", tunnel("127.0.0.1:5432/tcp")],
    ["node:data", mount(readOnly)],
  ]),
  slots: new Map([["system:db", tunnel(db)]]),
});
const pair = { plug: "node:db", slot: "system:db" };
const byHand = { connected: [pair], disconnected: [], sources: { "node:data": "/srv/x" } };
const DATABASE = "127.0.0.1:5432/tcp";

test("what was asked for by hand holds as long as both ends say the same", () => {
  const { meant } = asMeant(byHand, ends(DATABASE), {});
  expect(asMeant(byHand, ends(DATABASE), meant)).toEqual({ byHand, meant, warnings: [] });
});

test("where a definition has something else by its name it isn't had, nor by asking that definition twice", () => {
  const { meant } = asMeant(byHand, ends(DATABASE), {});
  const later = asMeant(byHand, ends("/run/docker.sock", false), meant);
  expect(later.byHand).toEqual({ connected: [], disconnected: [], sources: {} });
  expect(later.warnings).toEqual([
    expect.stringMatching(/^node:db isn't connected to system:db any more: /),
    expect.stringMatching(/^node:data has its own directory again: /),
  ]);
  expect(asMeant(byHand, ends("/run/docker.sock", false), later.meant).byHand).toEqual(later.byHand);
  expect(asMeant(byHand, ends(DATABASE), later.meant).byHand).toEqual(byHand);
});

test("what is asked for anew is what is there now", () => {
  const { meant } = asMeant(byHand, ends(DATABASE), {});
  const forgotten = asMeant({ ...byHand, connected: [] }, ends("127.0.0.1:9999/tcp"), meant);
  expect(asMeant(byHand, ends("127.0.0.1:9999/tcp"), forgotten.meant)).toMatchObject({ byHand, warnings: [] });
});
