import { expect, test } from "bun:test";
import fc from "fast-check";
import { attachment } from "../../../agent/contract/attachment.ts";
import { Problem } from "../../../agent/contract/errors.ts";
import { rangeOf } from "../../../agent/files/download.ts";
import { decodeAddress, parsePath, showName } from "../../../agent/files/paths.ts";
import { parseRequest } from "../../../agent/files/watching.ts";

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc
    .array(fc.constantFrom("workspace", "..", ".", "", "a", "é", "\\xE9", "%2e%2e", "\0", "\ud800", "n".repeat(300)), {
      maxLength: 8,
    })
    .map((names) => `/${names.join("/")}`),
  fc.string().map((text) => `/workspace/${text}`),
);

test("every text is a path inside the workspace or one of two refusals", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      try {
        const { names, escaped, text: shown } = parsePath(text);
        for (const name of [...names, ...(escaped ?? [])]) {
          expect(name.includes("/") || name.includes(0) || name.length === 0 || name.length > 255).toBe(false);
          expect([".", ".."]).not.toContain(name.toString());
        }
        expect(parsePath(shown).names).toEqual([...names]);
        expect(shown === "/workspace" || shown.startsWith("/workspace/")).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(Problem);
        expect(["FORBIDDEN", "INVALID_INPUT"]).toContain((error as Problem).code);
      }
    }),
    { numRuns: 3000 },
  );
});

test("a path that leads out is refused, wherever its dots stand", () => {
  const names = fc.array(fc.constantFrom("a", "b", ".", ""), { maxLength: 4 });
  fc.assert(
    fc.property(names, names, (before, after) => {
      expect(() => parsePath(["/workspace", ...before, "..", ...after].join("/"))).toThrow("outside");
    }),
  );
});

test("what a listing shows of a name leads back to its bytes", () => {
  const nameBytes = fc
    .uint8Array({ minLength: 1, maxLength: 60 })
    .filter(
      (bytes) => !bytes.includes(0) && !bytes.includes(0x2f) && !["..", "."].includes(Buffer.from(bytes).toString("latin1")),
    );
  fc.assert(
    fc.property(nameBytes, (bytes) => {
      const shown = showName(bytes);
      expect(shown.isWellFormed()).toBe(true);
      const { names, escaped } = parsePath(`/workspace/${shown}`);
      const found = [names[0], escaped?.[0]].filter((name) => name !== undefined);
      // A backslash that is really there and a broken byte in one name: shown, not reachable.
      if (!(shown.match(/\\x[89A-F][0-9A-F]/) && bytes.includes(0x5c)))
        expect(found.some((name) => name.equals(bytes))).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test("every address is decoded or refused", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("%", "2", "f", "e", "c", "3", "a", "9", "/") }), (text) => {
      try {
        expect(decodeAddress(encodeURIComponent(decodeAddress(text)))).toBe(decodeAddress(text));
      } catch (error) {
        expect((error as Problem).code).toBe("INVALID_INPUT");
      }
    }),
  );
});

test("every file name makes a header value of visible ASCII that names it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (name) => {
      const header = attachment(name);
      expect(header).toMatch(/^attachment; filename="[A-Za-z0-9._ -]*"; filename\*=UTF-8''[A-Za-z0-9.!~_%-]*$/);
      expect(decodeURIComponent(header.split("UTF-8''")[1] ?? "")).toBe(name.toWellFormed());
    }),
  );
});

test("a range is inside the file, or none, or everything", () => {
  const header = fc.oneof(
    fc.string(),
    fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => `bytes=${a}-${b}`),
    fc.nat().map((n) => `bytes=-${n}`),
  );
  fc.assert(
    fc.property(
      header.filter((text) => /^[\x20-\x7e]*$/.test(text)),
      fc.nat(2000),
      (range, size) => {
        const found = rangeOf(new Request("http://x", { headers: { range } }), size, "v");
        if (found === undefined || found === "none") return;
        expect(found.start >= 0 && found.start < found.end && found.end <= size).toBe(true);
      },
    ),
  );
});

test("every frame of a watch is a set of paths or refused", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (frame) => expect(parseRequest(frame)).toBeUndefined()));
  expect(parseRequest('{"type":"watch","paths":["/workspace","/workspace/a"]}')?.map(({ text }) => text)).toEqual([
    "/workspace",
    "/workspace/a",
  ]);
  expect(parseRequest('{"type":"watch","paths":["/etc"]}')).toBeUndefined();
  expect(parseRequest(JSON.stringify({ type: "watch", paths: Array(201).fill("/workspace") }))).toBeUndefined();
});
