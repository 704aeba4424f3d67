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
    const lines = (await Bun.file(root + file).text()).split("\n");
    for (const [i, line] of lines.entries())
      if (/\b(?:timeout: ?|Timeout\()\d|^\s*\}, [\d_]{4,}\);$|^\s*\d+_000,$/.test(line))
        hasty.push(`${file}:${i + 1}: ${line.trim()}`);
  }
  expect(hasty).toEqual([]);
});
