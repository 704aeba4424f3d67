import { expect, test } from "bun:test";
import { cookiesOf } from "../../../agent/contract/cookies.ts";

const read = (cookie: string, name = "a") => cookiesOf(new Headers({ cookie })).get(name);

test("of two cookies with one name the first counts; one without = or without a value is none", () => {
  expect(read("a=1; a=2")).toBe("1");
  expect(read("a=1,b=2; c=3")).toBe("1,b=2");
  expect(read("b=1;a=b=c")).toBe("b=c");
  for (const none of ["", "a", "=", "=;;=", "=a", "b=a=1", "A=1", "%61=1"]) expect(read(none), none).toBeNull();
  expect(cookiesOf(new Headers()).get("a")).toBeNull();
});

test("a secret has one spelling: escapes and quotes are kept as they were sent", () => {
  for (const value of ["%41", "%zz", "%", "%25", "%E0%A4%A", '"q"', "%0d%0aSet-Cookie: x=1"])
    expect(read(`a=${value}`), value).toBe(value);
});

test("what every object has is no cookie, and a name with a space that isn't ASCII is another name", () => {
  for (const name of ["constructor", "__proto__", "toString"]) expect(read("a=1", name), name).toBeNull();
  expect(read("__proto__=1", "__proto__")).toBe("1");
  expect(read("\u00a0__Host-ct_session=1", "__Host-ct_session")).toBeNull();
});

test("the longest header that a server takes is read at once", () => {
  expect(read(`a=${"x".repeat(8190)}`)).toHaveLength(8190);
  expect(read(`${"b=1;".repeat(4000)}a=1`)).toBe("1");
});
