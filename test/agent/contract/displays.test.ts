import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeDeadDisplays } from "../../../agent/contract/displays.ts";

const directory = mkdtempSync(join(tmpdir(), "ct-displays-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("the socket of a killed X server goes; one that is listened on, and whatever is no display's, stays", async () => {
  // A process that is killed leaves its socket's name behind.
  const dying = Bun.spawn(
    [
      process.execPath,
      "-e",
      `require("net").createServer().listen("${directory}/X7", () => process.kill(process.pid, "SIGKILL"))`,
    ],
    { stdout: "ignore", stderr: "ignore" },
  );
  await dying.exited;
  const alive = createServer();
  await new Promise<void>((resolve) => alive.listen(join(directory, "X8"), resolve));
  writeFileSync(join(directory, "X9"), "no socket");
  expect(readdirSync(directory).sort()).toEqual(["X7", "X8", "X9"]);
  expect(await removeDeadDisplays(directory)).toBe(1);
  expect(readdirSync(directory).sort()).toEqual(["X8", "X9"]);
  expect(await removeDeadDisplays(join(directory, "missing"))).toBe(0);
  alive.close();
});
