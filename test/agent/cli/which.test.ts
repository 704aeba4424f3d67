import { afterAll, beforeAll, expect, test } from "bun:test";
import { chownSync, mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { whichMachine } from "../../../agent/cli/which.ts";

let home: string;
const servers: Server[] = [];
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "ct-which-"));
});
afterAll(async () => {
  for (const server of servers) server.close();
  await rm(home, { recursive: true });
});

async function machine(path: string): Promise<string> {
  const socket = join(home, path, "agent.socket");
  mkdirSync(join(home, path), { recursive: true });
  const server = createServer();
  servers.push(server);
  await new Promise<void>((listening) => server.listen(socket, listening));
  return socket;
}

test("the only one is meant where none is named; among several none is guessed", async () => {
  const [one, two, twin] = [await machine("a/one"), await machine("a/two"), await machine("b/two")];
  expect(whichMachine(undefined, [one])).toEqual({ name: "one", directory: join(home, "a/one"), socket: one });
  expect(() => whichMachine(undefined, [one, two])).toThrow(
    `2 machines run on this computer; name one by --machine or CLARATEACH_MACHINE:\n  one  ${join(home, "a/one")}\n  two  ${join(home, "a/two")}`,
  );
  expect(() => whichMachine(undefined, [])).toThrow("No agent runs on this computer.");
  expect(whichMachine("one", [one, two])).toMatchObject({ socket: one });
  expect(whichMachine(join(home, "a/two"), [])).toMatchObject({ socket: two });
  expect(() => whichMachine("two", [one, two, twin])).toThrow('2 machines are called "two"');
  expect(() => whichMachine("three", [one])).toThrow(/There is no machine "three" here.*\n {2}one {2}/);
  expect(() => whichMachine("three", [])).toThrow('No agent of a machine called "three" runs');
});

test("a project's is never guessed, not even the only one of the computer; beside it the only one of a class still is", async () => {
  const [ofClass, ofProject] = [await machine("c/class"), await machine("c/0123456789ab")];
  expect(() => whichMachine(undefined, [ofProject])).toThrow(
    `go to a project's directory, or add --machine:\n  0123456789ab  ${join(home, "c/0123456789ab")}`,
  );
  expect(whichMachine(undefined, [ofClass, ofProject])).toMatchObject({ name: "class" });
  expect(whichMachine("0123456789ab", [ofClass, ofProject])).toMatchObject({ socket: ofProject });
});

test("those that run are found by the kernel's list, wherever their directories are", async () => {
  const socket = await machine("found with spaces");
  expect(whichMachine("found with spaces")).toMatchObject({ socket });
});

test.skipIf(process.getuid?.() !== 0)("what another user listens on is asked only when it is named (needs root)", async () => {
  const [mine, other] = [await machine("mine"), await machine("other")];
  chownSync(other, 12345, 12345);
  expect(whichMachine(undefined, [mine, other])).toMatchObject({ name: "mine" });
  expect(() => whichMachine(undefined, [other])).toThrow(/that is yours to ask.*\n {2}other {2}/);
  expect(() => whichMachine("other", [other])).toThrow('No agent of a machine called "other"');
  expect(whichMachine(join(home, "other"), [other])).toMatchObject({ name: "other" });
});
