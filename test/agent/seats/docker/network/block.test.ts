import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cidrOf, type Range } from "../../../../../agent/seats/docker/network/addresses.ts";
import { claimBlock, releaseBlock } from "../../../../../agent/seats/docker/network/block.ts";

/** For documentation (RFC 5737): no seat of another test has any of it. Eight blocks don't fit; four do. */
const POOL = "203.0.113.0/24";
const CLAIMS = "/run/clarateach/blocks";

describe.skipIf(process.getuid?.() !== 0)("claims of addresses (needs root)", () => {
  let home = "";
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), "ct-block-"));
  });
  const own = Array.from({ length: 9 }, () => `clarateach-ws-${Bun.randomUUIDv7().slice(-6)}`);
  const machine = (at: number) => own[at] ?? "";
  afterAll(() => {
    for (const name of own) releaseBlock(name);
    rmSync(home, { recursive: true });
  });
  const claim = (at: number, directory = home) => cidrOf(claimBlock({ machine: machine(at), directory }, POOL, []));

  test("a machine keeps its claim while its directory is there, whether an agent runs or not; four fill the pool", () => {
    const first = [0, 1, 2, 3].map((at) => claim(at));
    expect(new Set(first).size).toBe(4);
    expect([0, 1, 2, 3].map((at) => claim(at))).toEqual(first);
    expect(() => claim(4)).toThrow("no free addresses");
    releaseBlock(machine(2));
    expect(claim(4)).toBe(first[2] ?? "");
    for (const at of [0, 1, 3, 4]) releaseBlock(machine(at));
  });

  test("nobody else can hold the lock that agents wait for", () => {
    mkdirSync(CLAIMS, { recursive: true });
    // As an earlier release left it.
    chmodSync(CLAIMS, 0o755);
    claim(0);
    const opened = Bun.spawnSync(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "flock", "-n", CLAIMS, "true"]);
    expect([opened.exitCode, opened.stderr.toString()]).toEqual([66, expect.stringContaining("Permission denied")]);
    releaseBlock(machine(0));
  });

  test("claims of machines that are gone are taken back, each by one of the agents that want it at once", async () => {
    const gone = mkdtempSync(join(home, "gone-"));
    for (const at of [5, 6, 7, 8]) claim(at, gone);
    expect(() => claim(0)).toThrow("no free addresses");
    rmSync(gone, { recursive: true });
    const program = join(import.meta.dir, "../../../../support/claim-block.ts");
    const agents = [0, 1, 2, 3].map((at) =>
      Bun.spawn([process.execPath, program, machine(at), home, POOL], { stdout: "pipe", stderr: "inherit" }),
    );
    const said = await Promise.all(agents.map((agent) => new Response(agent.stdout).text()));
    expect(new Set(said.map((text) => cidrOf(JSON.parse(text) as Range))).size).toBe(4);
    expect(() => claim(4)).toThrow("no free addresses");
  });
});
