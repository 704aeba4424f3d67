/** What scripts/install-service makes: units that systemd likes, and under a systemd of its own three users with what each needs. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { boot } from "../support/booted.ts";
import { sh } from "../support/sh.ts";
import { canBoot } from "../support/system.ts";

const WAIT = 600_000;
const root = join(import.meta.dir, "..", "..");
const script = join(root, "scripts", "install-service");

test("systemd finds no fault in the units, and gateway and front have hardly anything to attack", async () => {
  const directory = await mkdtemp(join(tmpdir(), "ct-units-"));
  expect(await sh(script, "--print", directory, "--domain", "class.example.org")).toEqual({ code: 0, out: "", err: "" });
  const files = readdirSync(directory).map((name) => join(directory, name));
  expect(files.length).toBe(4);
  expect(await sh("systemd-analyze", "verify", ...files)).toEqual({ code: 0, out: "", err: "" });
  for (const unit of ["clarateach", "clarateach-front"]) {
    const path = join(directory, `${unit}.service`);
    const { code, out } = await sh("systemd-analyze", "security", "--offline=true", "--threshold=40", "--no-pager", path);
    console.log(out.trim().split("\n").at(-1));
    expect([unit, code]).toEqual([unit, 0]);
  }
  const gateway = readFileSync(join(directory, "clarateach.service"), "utf8");
  expect(gateway).toMatch(/^ExecStart=\/\S+\/bun \/\S+ --runtime docker --domain class\.example\.org$/m);
  expect(gateway).toMatch(/^User=clarateach$/m);
  await rm(directory, { recursive: true });
});

test("what can't be understood is refused", async () => {
  expect(await sh(script, "--print", tmpdir())).toMatchObject({ code: 1, err: "Which name? Add --domain class.example.org.\n" });
  for (const bad of [["--domain", "a.test; reboot"], ["--runtime", "process"], ["--domain"], ["--print"], ["--domian", "x.org"]])
    expect([bad, (await sh(script, ...bad)).code]).toEqual([bad, bad[1]?.includes(";") ? 1 : 2]);
});

test.skipIf(!canBoot)(
  "under systemd, with containers: test/fixtures/service-inside.ts (needs root, systemd and Docker)",
  async () => {
    const booted = await boot();
    try {
      const bun = process.execPath.replace(root, "/opt/clarateach");
      expect(await booted.run([bun, "test", "--timeout", String(WAIT), "./test/fixtures/service-inside.ts"])).toBe(0);
    } finally {
      await booted.end();
    }
  },
  2 * WAIT,
);
