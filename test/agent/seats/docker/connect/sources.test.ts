import { afterAll, expect, test } from "bun:test";
import { closeSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSource } from "../../../../../agent/seats/docker/connect/sources.ts";

const srv = realpathSync(mkdtempSync(join(tmpdir(), "ct-sources-")));
afterAll(() => rmSync(srv, { recursive: true }));

test("a directory below one of the setting's is opened", () => {
  mkdirSync(join(srv, "class/seat3"), { recursive: true });
  closeSync(openSource(join(srv, "class/seat3"), [srv]));
});

test("whoever may write in a shared directory leads no seat to another one, though that could be had by its own name", () => {
  mkdirSync(join(srv, "private"));
  mkdirSync(join(srv, "class"), { recursive: true });
  symlinkSync("../private", join(srv, "class/seat4"));
  symlinkSync("class", join(srv, "way"));
  for (const path of ["class/seat4", "way/seat3"])
    expect(() => openSource(join(srv, path), [srv])).toThrow(`realpath "${join(srv, path)}"`);
});

test.each([
  ["relative", "isn't an absolute path"],
  ["/none/at/all", "isn't there on this machine"],
  ["/etc", "No seat may have"],
])("%s is refused in words", (path, why) => {
  expect(() => openSource(path, [srv])).toThrow(why);
});
