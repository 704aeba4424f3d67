import { expect, test } from "bun:test";
import fc from "fast-check";
import { addressesIn, CODE, emptyAnswer, isNamed, questionIn, TYPE } from "../../../../../agent/seats/docker/network/dns.ts";

const name = (text: string) =>
  Buffer.concat([...text.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.from([0])]);
const question = (text: string, type: number = TYPE.A) =>
  Buffer.concat([Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), name(text), Buffer.from([0, type, 0, 1])]);
const record = (type: number, data: number[]) => Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length, ...data]);

test("a question is read", () => {
  expect(questionIn(question("Pypi.ORG"))).toEqual({ id: 0x1234, name: "pypi.org", type: 1, end: 26 });
});

test("what isn't one plain question isn't read", () => {
  const whole = question("pypi.org");
  const answer = Buffer.from(whole);
  answer[2] = 0x81;
  const two = Buffer.from(whole);
  two[5] = 2;
  const pointer = Buffer.from(whole);
  pointer[12] = 0xc0;
  const dotted = Buffer.from(whole);
  dotted[14] = 0x2e;
  for (const wrong of [answer, two, pointer, dotted, whole.subarray(0, 20), Buffer.alloc(0), Buffer.alloc(12)])
    expect(questionIn(wrong)).toBeUndefined();
});

test("no bytes at all make it throw or read beyond them", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      const found = questionIn(bytes);
      if (found) expect(found.end).toBeLessThanOrEqual(bytes.length);
      for (const address of addressesIn(bytes)) expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    }),
    { numRuns: 2000 },
  );
});

test("an empty answer has the question, the number and the code", () => {
  const asked = Buffer.concat([question("pypi.org"), Buffer.from("what follows is left out")]);
  const found = questionIn(asked);
  if (!found) throw new Error("no question");
  const answer = Buffer.from(emptyAnswer(asked, found, CODE.refused));
  expect(answer.subarray(0, 12)).toEqual(Buffer.from([0x12, 0x34, 0x81, 0x85, 0, 1, 0, 0, 0, 0, 0, 0]));
  expect(answer.subarray(12)).toEqual(question("pypi.org").subarray(12));
});

test("addresses of an answer, behind other records", () => {
  const head = Buffer.from(question("pypi.org"));
  head[7] = 3;
  const answer = Buffer.concat([
    head,
    record(5, [1, 97, 0]),
    record(TYPE.A, [198, 51, 100, 7]),
    record(TYPE.AAAA, new Array(16).fill(1)),
  ]);
  expect(addressesIn(answer)).toEqual(["198.51.100.7"]);
  expect(addressesIn(answer.subarray(0, 60))).toEqual(["198.51.100.7"]);
});

test("names of a list", () => {
  const names = ["pypi.org", ".npmjs.org"];
  const asked = ["pypi.org", "x.pypi.org", "npmjs.org", "registry.npmjs.org", "evilnpmjs.org", "npmjs.org.evil", ""];
  expect(asked.map((one) => isNamed(one, names))).toEqual([true, false, true, true, false, false, false]);
});
