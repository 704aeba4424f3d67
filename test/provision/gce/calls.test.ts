import { expect, test } from "bun:test";
import { ask } from "../../../provision/gce/calls.ts";
import { GoogleProblem, problemOf } from "../../../provision/gce/problems.ts";
import { semaphore } from "../../../provision/semaphore.ts";

const refusal = (code: number, reason = "") => Object.assign(new Error("no"), { code, errors: [{ reason }] });

test("what passes is tried again, six times at most; what doesn't is told at once", async () => {
  const tries = async (error: unknown, attempts?: number) => {
    let count = 0;
    const send = async () => {
      count += 1;
      throw error;
    };
    const failed = await ask("do it", send, attempts === undefined ? {} : { attempts }).catch((problem: Error) => problem);
    expect(failed).toBeInstanceOf(GoogleProblem);
    return count;
  };
  expect(await tries(refusal(503))).toBe(6);
  const passing = [429, 500, 502, 504].map((code) => tries(refusal(code), 2));
  expect(await Promise.all(passing)).toEqual([2, 2, 2, 2]);
  expect(await tries(refusal(403, "rateLimitExceeded"), 2)).toBe(2);
  for (const code of [400, 401, 403, 404, 409, 412, 413]) expect(await tries(refusal(code))).toBe(1);
});

test("a call that never answers is left at its deadline, and tried again", async () => {
  let count = 0;
  const send = () => {
    count += 1;
    return count === 1 ? new Promise<string>(() => {}) : Promise.resolve("answer");
  };
  expect(await ask("do it", send)).toBe("answer");
  expect(count).toBe(2);
});

test("errors of all three clients become one, by HTTP status, with the word that the body had", () => {
  const raw = Symbol.for("google-gax.rawHttpResponsePayload");
  const body = { error: { code: 409, message: "The resource already exists", errors: [{ reason: "alreadyExists" }] } };
  const compute = Object.assign(new Error("The resource already exists"), { code: 10, httpStatusCode: 409, [raw]: body });
  expect(problemOf(compute, "make it")).toMatchObject({
    ...{ code: "STATE_CONFLICT", http: 409, reason: "alreadyExists" },
    message: "Google Cloud could not make it: The resource already exists (HTTP 409, alreadyExists)",
  });
  expect(problemOf(refusal(412, "conditionNotMet"), "x")).toMatchObject({ code: "CONFLICT", http: 412 });
  expect(problemOf(Object.assign(new Error("no"), { code: 5 }), "x")).toMatchObject({ code: "NOT_FOUND", http: 404 });
  expect(problemOf(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }), "x")).toMatchObject({
    ...{ code: "UNAVAILABLE", http: 0, isPassing: true },
  });
});

test("a semaphore lets so many through and no more, whatever becomes of them", async () => {
  const inTurn = semaphore(2);
  let [inside, most] = [0, 0];
  const act = async (i: number) => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
    if (i % 3 === 0) throw new Error("no");
  };
  await Promise.allSettled(Array.from({ length: 9 }, (_, i) => inTurn(() => act(i))));
  expect([inside, most]).toEqual([0, 2]);
});
