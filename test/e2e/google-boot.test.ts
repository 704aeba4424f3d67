/** A class on a VM that boots for real, from our startup script down to a learner's shell: test/fixtures/google-boot-inside.ts. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { haveBareDebian } from "../support/bare-debian.ts";
import { sh } from "../support/sh.ts";
import { canBoot } from "../support/system.ts";

const WAIT = 900_000;

test.skipIf(!canBoot)(
  "bare Debian 12 becomes a class's machine (needs root, systemd and Docker)",
  async () => {
    const made = await sh("scripts/build-image", "--tar-only", "--if-missing");
    expect([made.code, made.err]).toEqual([0, expect.any(String)]);
    // In there is no mirror to make it from.
    await haveBareDebian();
    const argv = [process.execPath, "test", "--timeout", String(WAIT), "./test/fixtures/google-boot-inside.ts"];
    // Whatever is left in there when it ends, ends with it.
    const alone = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"];
    const inside = Bun.spawn([...alone, ...argv], {
      cwd: join(import.meta.dir, "..", ".."),
      stdio: ["ignore", "inherit", "inherit"],
    });
    expect(await inside.exited).toBe(0);
  },
  WAIT,
);
