import { expect, test } from "bun:test";
import { healthOf } from "../../../../../agent/seats/docker/workshopctl/set-health.ts";

test("what a check-health may say", () => {
  expect(healthOf(["okay"])).toEqual({ state: "okay" });
  expect(healthOf(["waiting", "1234567"])).toEqual({ state: "waiting", message: "1234567" });
  const long = "ä".repeat(70);
  expect(healthOf(["--code=a-1", "error", long])).toEqual({ state: "error", code: "a-1", message: long });
  expect(healthOf(["error", "no server", `--code=${"a".repeat(30)}`])).toEqual({
    ...{ state: "error", message: "no server" },
    code: "a".repeat(30),
  });
});

const MESSAGE = "a fine message";
test.each([
  [[], "is no state"],
  [["fine"], '"fine" is no state: say okay, waiting or error.'],
  [["okay", MESSAGE], "okay goes without"],
  [["--code=abc", "okay"], "okay goes without"],
  [["waiting"], "go with a message"],
  [["error", "123456"], "The message has 6 characters; it must have 7 to 70."],
  [["error", "x".repeat(71)], "The message has 71 characters"],
  [["error", "two\nlines"], "one line"],
  [["error", "a", "fine", "message"], "Quote the message."],
  [["--kode=abc", "error", MESSAGE], "It is called as: workshopctl set-health"],
  [["--code=abc", "--code=abd", "error", MESSAGE], "It is called as"],
  ...["", "ab", "a".repeat(31), "1abc", "Abc", "a--b", "abc-", "a_c"].map((code) => [
    [`--code=${code}`, "error", MESSAGE],
    `"${code.slice(0, 40)}" is no code`,
  ]),
] as [string[], string][])("%j is refused: %s", (words, sentence) => {
  expect(() => healthOf(words)).toThrow(sentence);
});
