import { expect, test } from "bun:test";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inside } from "../../../../../agent/seats/docker/connect/mount-calls.ts";
import { mountsOf } from "../../../../../agent/seats/docker/disk/mount-table.ts";
import { until } from "../../../../support/until.ts";

const TURNS = 50;
/** Longer than another thread takes to open the table. */
const INSIDE_MS = 4;

test.skipIf(process.getuid?.() !== 0)(
  "the machine's mounts are told while the first thread is in a seat (needs root)",
  async () => {
    const place = mkdtempSync(join(tmpdir(), "ct-mounts-"));
    expect(Bun.spawnSync(["mount", "-t", "tmpfs", "none", place]).exitCode).toBe(0);
    const other = Bun.spawn(["unshare", "--mount", "sh", "-c", `umount ${place} && exec sleep 1000`]);
    try {
      await until("mounts without it", async () => !(await mountsOf(other.pid)).has(place));
      const namespace = openSync(`/proc/${other.pid}/ns/mnt`, "r");
      for (let turn = 0; turn < TURNS; turn++) {
        const table = mountsOf();
        inside(namespace, () => {
          for (const began = performance.now(); performance.now() - began < INSIDE_MS; );
        });
        expect((await table).has(place)).toBe(true);
      }
      closeSync(namespace);
    } finally {
      other.kill();
      Bun.spawnSync(["umount", place]);
      rmSync(place, { recursive: true });
    }
  },
);
