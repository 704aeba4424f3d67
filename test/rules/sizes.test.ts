import { expect, test } from "bun:test";
import { Glob } from "bun";

/** A compass (README): files are about 100 lines; one that passes this is two things and wants splitting by noun. */
const MOST_LINES = 400;

test("no source file has grown into two things", async () => {
  const root = new URL("../..", import.meta.url).pathname;
  const long: string[] = [];
  for (const file of new Glob("{agent,gateway,views,provision,scripts,test}/**/*.{ts,tsx}").scanSync(root)) {
    const lines = (await Bun.file(root + file).text()).split("\n").length;
    if (lines > MOST_LINES) long.push(`${file}: ${lines} lines`);
  }
  expect(long).toEqual([]);
});
