import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUILDER_ROOM, noRoomToKeep } from "../../../../../agent/seats/docker/layers/growth.ts";
import { sh } from "../../../../support/sh.ts";

const GiB = 1024 ** 3;

test("a layer is kept only where the disk has room for its copy beside it", async () => {
  const directory = mkdtempSync(join(tmpdir(), "ct-growth-"));
  try {
    await sh("fallocate", "-l", "1G", join(directory, "installed"));
    const { bavail, bsize } = await statfs(directory);
    const room = (spareBytes: number) => ({ ...BUILDER_ROOM, spareBytes });
    // Half a GiB either way: others write on this disk meanwhile.
    expect(await noRoomToKeep(directory, room(bavail * bsize - GiB / 2))).toStartWith(
      "The machine's disk has no room to keep the 1.0 GiB that setup-base wrote.",
    );
    expect(await noRoomToKeep(directory, room(bavail * bsize - 1.5 * GiB))).toBeUndefined();
  } finally {
    rmSync(directory, { recursive: true });
  }
});
