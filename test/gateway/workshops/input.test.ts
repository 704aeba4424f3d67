import { expect, test } from "bun:test";
import { checkedWish } from "../../../gateway/workshops/input.ts";

const withKey = (apiKey: unknown) => checkedWish({ name: "First steps", seats: 2, apiKey }).apiKey;

test("an API key may be short, as those of one's own gateway are, and long, as tokens are", () => {
  for (const key of ["k3y!", "my-gateway-key", `sk-ant-${"x".repeat(100)}`, "e".repeat(4096), "a+b/c=:d!~"])
    expect(withKey(key)).toBe(key);
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
])("the key %j is refused with a reason", (key, reason) => {
  expect(() => withKey(key)).toThrow(reason);
});
