import { expect, test } from "bun:test";
import fc from "fast-check";
import { Masked, secretsOf } from "../../../../../agent/seats/docker/container/masked.ts";

function said(secrets: readonly string[], pieces: readonly Uint8Array[]): string {
  const all: Uint8Array[] = [];
  const masked = new Masked(secrets, (bytes) => void all.push(bytes));
  for (const piece of pieces) masked.take(piece);
  masked.end();
  return Buffer.concat(all).toString("utf8");
}

test("values of tokens, keys, passwords and cookies are secrets; addresses and short words are none", () => {
  const env = {
    ANTHROPIC_AUTH_TOKEN: "token-of-a-seat",
    WORKSHOP_COOKIE: "0123456789abcdef",
    HOME: "/home/learner",
    MY_KEY: "short",
  };
  expect(secretsOf(env)).toEqual(["token-of-a-seat", "0123456789abcdef"]);
});

test("however a program's output is cut in pieces, no secret of it is left, and all else is", () => {
  const secrets = ["secret-ä-one", "secret-two"];
  const part = fc.oneof(fc.constantFrom(...secrets, "secret-", "ä", "\n"), fc.string());
  fc.assert(
    fc.property(fc.array(part), fc.array(fc.nat(30)), (parts, cuts) => {
      const bytes = Buffer.from(parts.join(""));
      const pieces: Uint8Array[] = [];
      let at = 0;
      for (const cut of cuts) {
        pieces.push(bytes.subarray(at, at + cut));
        at += cut;
      }
      pieces.push(bytes.subarray(at));
      const expected = secrets.reduce((all, secret) => all.replaceAll(secret, "***"), bytes.toString("utf8"));
      expect(said(secrets, pieces)).toBe(expected);
    }),
  );
});

test("nothing is held back that can't be the beginning of a secret: a log is read while its program runs", () => {
  const seen: string[] = [];
  const masked = new Masked(["secret-one"], (bytes) => void seen.push(Buffer.from(bytes).toString()));
  masked.take(Buffer.from("working…\n"));
  masked.take(Buffer.from("secret-"));
  expect(seen).toEqual(["working…\n"]);
});
