import { expect, test } from "bun:test";
import { checkedWish } from "../../../gateway/workshops/input.ts";

const withKey = async (apiKey: unknown) => (await checkedWish({ name: "First steps", seats: 2, apiKey })).apiKey;

test("an API key may be short, as those of one's own gateway are, and long, as tokens are", async () => {
  for (const key of ["k3y!", "my-gateway-key", `sk-ant-${"x".repeat(100)}`, "e".repeat(4096), "a+b/c=:d!~"])
    expect(await withKey(key)).toBe(key);
});

test.each([
  ["", "needs an LLM API key"],
  [undefined, "needs an LLM API key"],
  [7, "needs an LLM API key"],
  ["abc", "This key has 3 characters; keys have 4 at least."],
  ["sk-ant-123 456", "a space or a line break"],
  [" sk-ant-123456", "a space or a line break"],
  ["sk-ant-123\n456", "a space or a line break"],
  ["sk-ant-123456\r\nx-evil: 1", "a space or a line break"],
  ["sk-ant-\u200b123456", "a space or a line break"],
  ["sk-ant-\u00a0123456", "a space or a line break"],
  ["sk-ant-\u0000", "a space or a line break"],
  ["sk-ant-…", "the character “…”"],
  ["e".repeat(4097), "4097 characters long"],
])("the key %j is refused with a reason", async (key, reason) => {
  await expect(withKey(key)).rejects.toThrow(reason);
});

const definition = async (wish: unknown) =>
  (await checkedWish({ name: "a", seats: 1, apiKey: "k3y!", definition: wish })).definition;

test("a definition is kept normalized; the default isn't kept at all, whether it was named or not", async () => {
  const { text, environment } = await definition("name: first\r\nbase: debian@12\r\nactions: {a: b}");
  expect(text).toStartWith("name: first\nbase: debian@12\nconfinement: container\nsdks:\n  - name: system\n");
  expect([environment.name, environment.sdks.map(({ name }) => name), environment.actions]).toEqual(["first", ["system"], ["a"]]);
  expect((await definition("python")).environment.sdks.map(({ name }) => name)).toContain("python");
  const standard = await definition(undefined);
  expect([standard.text, standard.environment.name]).toEqual([undefined, "claude"]);
  expect(await definition(" claude\n")).toEqual(standard);
});

test("what came as JSON names no file of this computer", async () => {
  for (const wish of [{ path: "/etc/passwd", name: "a" }, 7, null, ["claude"]])
    await expect(definition(wish)).rejects.toThrow("has to be the text of a workshop.yaml, or a built-in one’s name");
});
