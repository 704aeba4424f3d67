import { describe, expect, test } from "bun:test";
import { plain, plainJson, plainLine } from "../../../agent/cli/plain.ts";
import { progressText } from "../../../agent/cli/progress.ts";
import { screenOf } from "../../../agent/cli/screen.ts";
import { seatNumbers, spans } from "../../../agent/cli/seat-words.ts";
import { table } from "../../../agent/cli/table.ts";
import { linesSince } from "../../../agent/cli/task-logs.ts";

describe("what a seat has said", () => {
  const hostile = "\x1b[31mred\x1b[0m \x1b]0;title\x07\x1b]52;c;aGk=\x07 \x9b2J \x07\b\u202eabc\x7f\rover\ttab\nnext";

  test("acts on no terminal", () => {
    expect(plain(hostile)).toBe("red   \\u{7}\\u{8}\\u{202e}abc\\u{7f}\\u{d}over\ttab\nnext");
    expect(plain("\x1b[31")).not.toMatch(/[\x1b\x9b]/);
    expect(plainLine("one\r\ntwo\n\nthree")).toBe("one two three");
  });

  test("is the same value in JSON", () => {
    const json = plainJson({ hostile });
    expect(json).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    expect(JSON.parse(json)).toEqual({ hostile });
  });
});

describe("a table", () => {
  const wide = { columns: undefined, colours: false };

  test("is aligned by what a terminal shows, and leaves out what is empty", () => {
    const rows = [
      ["1", "", "日本", "x"],
      ["22", "", "a", "y"],
    ];
    expect(table(["id", "none", "name", "what"], rows, wide)).toBe("ID  NAME  WHAT\n1   日本  x\n22  a     y");
  });

  test("is no wider than its terminal: the last column goes on below itself", () => {
    const text = table(["id", "what"], [["1", "a sentence that is longer than what is left of it"]], {
      columns: 30,
      colours: false,
    });
    expect(text).toBe("ID  WHAT\n1   a sentence that is longer\n    than what is left of it");
  });

  test("has colours only on a terminal that wants them", () => {
    const row = [["ready", "one"]];
    expect(table(["status", "what"], row, screenOf({ isTTY: true, columns: 80 }, {}))).toContain("\x1b[32mready");
    for (const screen of [
      screenOf({ isTTY: false, columns: 80 }, {}),
      screenOf({ isTTY: true, columns: 80 }, { NO_COLOR: "1" }),
      screenOf({ isTTY: true, columns: 80 }, { TERM: "dumb" }),
    ])
      expect(table(["status", "what"], row, screen)).toBe("STATUS  WHAT\nready   one");
  });
});

test("seats are named by numbers and from-to", () => {
  expect(seatNumbers(["4"])).toEqual([4]);
  expect(seatNumbers(["07", "1-3", "2"])).toEqual([1, 2, 3, 7]);
  expect(seatNumbers(["1,3"])).toEqual([1, 3]);
  for (const word of ["", "0", "00", "x", "3-1", "1-", "-2", "100", "1.5", "4 "])
    expect(() => seatNumbers([word])).toThrow("names no seat");
  expect(spans([1, 2, 3, 5, 9, 10])).toBe("01–03, 05, 09–10");
  expect(spans([])).toBe("none");
});

test("of a log's last lines, those are new that weren't there before", () => {
  expect(linesSince([], ["a"])).toEqual(["a"]);
  expect(linesSince(["a", "b"], ["a", "b"])).toEqual([]);
  expect(linesSince(["a", "b"], ["a", "b", "c"])).toEqual(["c"]);
  expect(linesSince(["a", "b", "c"], ["c", "d", "e"])).toEqual(["d", "e"]);
  expect(linesSince(["a", "b"], ["x", "y"])).toEqual(["x", "y"]);
  expect(linesSince(["a", "a"], ["a", "a", "a"])).toEqual(["a"]);
});

test("a download's progress is in megabytes, other work's in what it counts; where nobody knows how much there is, in no words", () => {
  const line = (label: string, done: number, total: number) => {
    const at = { startedAt: "2026-03-02T09:30:00.000Z", status: "doing" } as const;
    const task = { ...{ id: "2", kind: "x", summary: "Fetch notes", log: [] }, ...at, progress: { label, done, total } };
    return progressText([{ ...{ id: "1", kind: "launch", summary: "Make seat 01" }, ...at, tasks: [task] }], Date.now());
  };
  expect(line("bytes", 63_400_000, 186_000_000)).toBe("Make seat 01  34 %  Fetch notes: 34 % of 186 MB  0 s");
  expect(line("bytes", 900, 1000)).toBe("Make seat 01  90 %  Fetch notes: 90 % of 1 MB  0 s");
  expect(line("files", 214, 260)).toBe("Make seat 01  82 %  Fetch notes: 82 % of 260 files  0 s");
  expect(line("files", 0, 0)).toBe("Make seat 01  0 %  Fetch notes  0 s");
});
