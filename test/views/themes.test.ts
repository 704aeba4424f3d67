import { expect, test } from "bun:test";

test("the dark theme has the same colours whether the system or the person chose it", async () => {
  const text = await Bun.file(`${import.meta.dir}/../../views/public/tokens.css`).text();
  const block = (selector: string) =>
    text
      .split(`${selector} {`)[1]
      ?.split("}")[0]
      ?.split("\n")
      .map((line) => line.trim());
  const bySystem = block(':root:not([data-theme="light"])');
  expect(bySystem?.length).toBeGreaterThan(20);
  expect(block(':root[data-theme="dark"]')?.join("\n")).toBe(bySystem?.join("\n") ?? "");
});
