import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PlacedProblem } from "../../../agent/contract/errors.ts";
import { startWorld, type World } from "../../support/world.ts";

/** Stands where Docker would: whoever calls it is counted. */
let calls = 0;
let world: World;
let room: string;
let socket: ReturnType<typeof Bun.listen>;

beforeAll(async () => {
  room = mkdtempSync(join(tmpdir(), "ct-check-2-"));
  const unix = join(room, "docker.sock");
  const hangUp = (from: { end(): void }) => {
    calls++;
    from.end();
  };
  socket = Bun.listen({ unix, socket: { open: hangUp, data() {} } });
  world = await startWorld({ CLARATEACH_RUNTIME: "docker", CLARATEACH_DOCKER_SOCKET: unix });
});
afterAll(async () => {
  await world?.end();
  socket?.stop(true);
  rmSync(room, { recursive: true, force: true });
});

async function refused(definition: string): Promise<string[]> {
  const before = calls;
  const { status, body } = await world.api("/api/workshops", {
    method: "POST",
    json: { name: "First steps", seats: 2, definition },
  });
  expect(status).toBe(400);
  // No class, so no machine: nothing is there that a seat could be made on.
  expect((await world.api("/api/workshops")).body).toMatchObject({ workshops: [] });
  expect(calls).toBe(before);
  return body.error.problems.map(({ line, column, message }: PlacedProblem) => `${line}:${column} ${message}`);
}

test("check 2: a file with an unknown key, an SDK twice and a bad name is refused with all three places, and Docker sees no call", async () => {
  const problems = await refused("name: First Steps\nbase: debian@12\ncolour: red\nsdks:\n  - name: node\n  - name: node\n");
  expect(problems).toEqual([
    expect.stringMatching(/^1:7 .*“First Steps”/),
    expect.stringMatching(/^3:1 “colour” is not known here/),
    expect.stringMatching(/^6:11 The SDK “node” is listed twice; first in line 5/),
  ]);
});

test("check 3: a base that nobody knows is refused with those that are known, and the seat stays off", async () => {
  expect(await refused("name: first-steps\nbase: ubuntu@99.04\n")).toEqual([
    "2:7 “base” is “ubuntu@99.04”. It has to be debian@12.",
  ]);
});

test("what counts the calls counts them", async () => {
  const before = calls;
  await fetch("http://docker/version", { unix: join(room, "docker.sock") }).catch(() => {});
  expect(calls).toBe(before + 1);
});
