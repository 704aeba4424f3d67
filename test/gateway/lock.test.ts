import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockData } from "../../gateway/lock.ts";

const root = new URL("../..", import.meta.url).pathname;

test("a second gateway on the same data ends with one sentence, and leaves the first alone", async () => {
  const data = await mkdtemp(join(tmpdir(), "clarateach-lock-"));
  const first = lockData(data);
  try {
    const second = Bun.spawn([process.execPath, "gateway/main.ts"], {
      cwd: root,
      env: { PATH: process.env.PATH ?? "", HOME: data, PORT: "1", CLARATEACH_DATA: data },
      stderr: "pipe",
      stdout: "ignore",
      stdin: "ignore",
    });
    expect(await second.exited).toBe(1);
    expect(await new Response(second.stderr).text()).toBe(
      `Another ClaraTeach works on "${data}" already: end that one, or set CLARATEACH_DATA to another directory.\n`,
    );
    first.release();
    lockData(data).release();
  } finally {
    await rm(data, { recursive: true, force: true });
  }
});
