import { expect, test } from "bun:test";
import { Glob } from "bun";

test("no room is called utils, helpers or common", () => {
  const root = new URL("../..", import.meta.url).pathname;
  const found = [...new Glob("{agent,gateway,views,provision,scripts,test}/**").scanSync(root)].filter((path) =>
    /(^|\/)(utils?|helpers?|common|misc|lib)(\.|\/)/.test(path),
  );
  expect(found).toEqual([]);
});

test("tests wait for conditions, not for times", async () => {
  const root = new URL("../..", import.meta.url).pathname;
  const sleepy: string[] = [];
  for (const file of new Glob("test/**/*.test.{ts,tsx}").scanSync(root)) {
    const text = await Bun.file(root + file).text();
    if (/Bun\.sleep\(|waitForTimeout\(/.test(text) && !file.startsWith("test/rules/")) sleepy.push(file);
  }
  expect(sleepy).toEqual([]);
});

test("no limit of time decides a test before `until` does", async () => {
  const root = new URL("../..", import.meta.url).pathname;
  const hasty: string[] = [];
  for (const file of new Glob("test/**/*.{ts,tsx}").scanSync(root)) {
    const text = await Bun.file(root + file).text();
    for (const [i, line] of text.split("\n").entries()) {
      const limit = /^\s*(?:\}|(?:before|after)\w+\(.*\)), ([\dA-Z_]+)\);$|^\s*([\dA-Z_]+),$/.exec(line);
      if (/(?:\btimeout: ?|Timeout\()\d/.test(line) || (limit && isHasty(text, limit[1] ?? limit[2] ?? "")))
        hasty.push(`${file}:${i + 1}: ${line.trim()}`);
    }
  }
  expect(hasty).toEqual([]);
});

/** The runner's own limit (scripts/testing) is five minutes: only what needs longer has one of its own, by number or by name. */
function isHasty(text: string, limit: string): boolean {
  const value = new RegExp(`const ${limit} = ([\\d_]+)`).exec(text)?.[1] ?? limit;
  const ms = Number(value.replaceAll("_", ""));
  return ms > 0 && ms % 1000 === 0 && ms <= 300_000;
}
