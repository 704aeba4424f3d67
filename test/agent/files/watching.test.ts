import { afterEach, beforeEach, expect, test } from "bun:test";
import fs from "node:fs";
import { join } from "node:path";
import type { WatchEvent } from "../../../agent/contract/files.ts";
import type { Peer, PeerHandler } from "../../../agent/contract/peer.ts";
import { watchFiles } from "../../../agent/files/watching.ts";
import { LagProbe } from "../../support/lag.ts";
import { type LocalSeat, localSeat } from "../../support/local-seat.ts";
import { until } from "../../support/until.ts";

let seat: LocalSeat;
let events: WatchEvent[];
let closed: number | undefined;
let answer: number;
let handler: PeerHandler;
let descriptors: number;

const open = () => fs.readdirSync("/proc/self/fd").length;

beforeEach(() => {
  seat = localSeat();
  events = [];
  closed = undefined;
  answer = 1;
  descriptors = open();
  const peer: Peer = {
    send: (data) => {
      events.push(JSON.parse(String(data)) as WatchEvent);
      return answer;
    },
    close: (code) => {
      closed = code;
    },
    pause: () => {},
    resume: () => {},
  };
  handler = watchFiles(seat, peer);
});
afterEach(() => {
  handler.close();
  // The one inotify instance of the process stays.
  expect(open()).toBeLessThanOrEqual(descriptors + 2);
  seat.end();
});

const at = (...names: string[]) => join(seat.workspace, ...names);
const watch = (...paths: string[]) => handler.message(JSON.stringify({ type: "watch", paths }));
/** Once each is told of for the first time. */
async function watching(...paths: string[]): Promise<void> {
  watch(...paths);
  for (const path of paths) await told((event) => event.type === "changed" && event.path === path && !event.names);
  events.length = 0;
}
const told = (what: (event: WatchEvent) => boolean) => until(`one of ${JSON.stringify(events)}`, () => events.find(what));
const names = (event: WatchEvent) => (event.type === "changed" ? (event.names ?? []) : []);

test("a folder whose watch begins has changed: what happened since it was listed is in the next listing", async () => {
  fs.mkdirSync(at("one"));
  watch("/workspace", "/workspace/one");
  await until("both", () => events.length >= 2);
  expect(events).toEqual([
    { type: "changed", path: "/workspace" },
    { type: "changed", path: "/workspace/one" },
  ]);
});

test("what is made, renamed or deleted in a watched folder is told by name, a save as one", async () => {
  await watching("/workspace");
  fs.writeFileSync(at("a"), "1");
  await told((event) => names(event).includes("a"));
  fs.renameSync(at("a"), at("b"));
  await told((event) => names(event).includes("b"));
  events.length = 0;
  fs.rmSync(at("b"));
  await told((event) => names(event).includes("b"));
  expect(events.every((event) => event.type === "changed" && event.path === "/workspace")).toBe(true);
  fs.writeFileSync(at(".clarateach-0123456789abcdef.tmp"), "");
  fs.writeFileSync(at("last"), "");
  await told((event) => names(event).includes("last"));
  expect(events.flatMap(names).filter((name) => name.startsWith(".clarateach"))).toEqual([]);
});

test("only expanded folders are watched; the set can change, a number that comes again means the new folder", async () => {
  for (const name of ["one", "two"]) fs.mkdirSync(at(name));
  await watching("/workspace/one");
  await watching("/workspace/two");
  fs.writeFileSync(at("one", "unseen"), "");
  fs.writeFileSync(at("two", "seen"), "");
  await told((event) => names(event).includes("seen"));
  expect(events.map(({ type, ...rest }) => ("path" in rest ? rest.path : type))).toEqual(["/workspace/two"]);
});

test("a folder that is removed, moved away or isn't one is gone", async () => {
  for (const name of ["removed", "moved"]) fs.mkdirSync(at(name));
  fs.symlinkSync(seat.outside, at("link"));
  watch("/workspace", "/workspace/removed", "/workspace/moved", "/workspace/link", "/workspace/none");
  expect(events).toEqual([
    { type: "gone", path: "/workspace/link" },
    { type: "gone", path: "/workspace/none" },
  ]);
  fs.rmdirSync(at("removed"));
  await told((event) => event.type === "gone" && event.path === "/workspace/removed");
  fs.renameSync(at("moved"), at("elsewhere"));
  await told((event) => event.type === "gone" && event.path === "/workspace/moved");
});

test("a flood is a few reports, and the loop goes on", async () => {
  await watching("/workspace");
  const probe = new LagProbe();
  const started = Date.now();
  const script = "i=0; while [ $i -lt 30000 ]; do : > f$((i%500)); i=$((i+1)); done; : > end";
  const flood = Bun.spawn(["sh", "-c", script], { cwd: seat.workspace });
  await flood.exited;
  await until(
    "the last report",
    () => Date.now() - started > 500 && events.some((event) => event.type === "changed" && !event.names),
  );
  expect(events.length).toBeLessThan(10 + (Date.now() - started) / 200);
  expect(probe.end().held).toBeLessThan(250);
});

test("a reader that is behind is told once that it lost something", async () => {
  fs.mkdirSync(at("d"));
  const witnessed: string[] = [];
  const witness = watchFiles(seat, {
    send: (data) => witnessed.push(String(data)),
    close: () => {},
    pause: () => {},
    resume: () => {},
  });
  const paths = ["/workspace", "/workspace/d"];
  witness.message(JSON.stringify({ type: "watch", paths }));
  await watching(...paths);
  await until("the witness to watch", () => witnessed.length === 2);
  witnessed.length = 0;
  answer = -1;
  fs.writeFileSync(at("a"), "");
  await until("the first report", () => events.length === 1);
  fs.writeFileSync(at("d", "b"), "");
  await until("the report it doesn't take", () => witnessed.some((data) => data.includes("/workspace/d")));
  fs.writeFileSync(at("b"), "");
  await until("another", () => witnessed.filter((data) => !data.includes("/workspace/d")).length > 1);
  witness.close();
  expect(events.length).toBe(1);
  answer = 1;
  handler.drain();
  expect(events.slice(1)).toEqual([{ type: "lost" }]);
  fs.writeFileSync(at("later"), "");
  await told((event) => names(event).includes("later"));
});

test("a frame that no page sends closes the socket", () => {
  handler.message("hello");
  expect(closed).toBe(4400);
});
