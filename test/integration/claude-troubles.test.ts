import { afterAll, beforeAll, expect, test } from "bun:test";
import { KEY } from "../support/relay.ts";
import { sampled } from "../support/sample.ts";
import { type SeatWithClaude, seatWithClaude } from "../support/seat-with-claude.ts";
import { type Behaviour, cutAfter, fails, says, startUpstream, type TestUpstream } from "../support/upstream.ts";

let upstream: TestUpstream;
let seat: SeatWithClaude;
const behave = (behaviour: Behaviour) => upstream.behave(behaviour);
const FINE = () => behave(says("All is well again."));

beforeAll(async () => {
  upstream = startUpstream();
  seat = await seatWithClaude(upstream.url);
  await seat.putKey();
});
afterAll(async () => {
  await seat?.end();
  await upstream?.end();
});

interface Trouble {
  begins(): unknown;
  /** What the learner reads, behind the CLI's `API Error: 402`. */
  sentence: string;
  /** That reach the upstream at most, until she reads it. */
  requests: number;
  ends(): unknown;
}

const page = (status: number): Behaviour => {
  return () => new Response("<html><p>Sign in to the hotel</p></html>", { status, headers: { "content-type": "text/html" } });
};

/** Every trouble of the upstream, of the key and of the class's own limits. */
const TROUBLES: Record<string, Trouble> = {
  "a wrong key": {
    begins: () => {
      upstream.takeOnly(KEY);
      return seat.putKey("sk-ant-wrong-wrong-wrong");
    },
    sentence: "The class's key is refused. Your instructor sees it too.",
    requests: 2,
    ends: () => seat.putKey(),
  },
  "a key that is revoked in mid-class": {
    begins: () => upstream.takeOnly("another"),
    sentence: "The class's key is refused. Your instructor sees it too.",
    requests: 2,
    ends: () => upstream.takeOnly(undefined),
  },
  "no credit": {
    begins: () => behave(fails(400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API.")),
    sentence: "The class's account is out of credit. Your instructor sees it too.",
    requests: 1,
    ends: FINE,
  },
  "an upstream that is down": {
    begins: () => upstream.end(),
    sentence: "Claude can't be reached from the class. Ask again in a minute; your instructor sees it too.",
    requests: 0,
    ends: () => {
      upstream = startUpstream(Number(new URL(upstream.url).port));
      FINE();
    },
  },
  "a page instead of an answer": {
    begins: () => behave(page(200)),
    sentence: "Claude can't be reached from the class. Ask again in a minute; your instructor sees it too.",
    requests: 2,
    ends: FINE,
  },
  "an upstream that fails": {
    begins: () => behave(fails(500, "api_error", "Internal server error")),
    sentence: "Claude fails at the moment. Ask again in a minute; your instructor sees it too.",
    requests: 8,
    ends: FINE,
  },
  "a proxy before it that fails with a page": {
    begins: () => behave(page(502)),
    sentence: "Claude fails at the moment. Ask again in a minute; your instructor sees it too.",
    requests: 8,
    ends: FINE,
  },
  "too much to do": {
    begins: () => behave(fails(529, "overloaded_error", "Overloaded")),
    sentence: "Claude has too much to do at the moment. Ask again in a minute.",
    requests: 8,
    ends: FINE,
  },
  "a limit of minutes": {
    begins: () => behave(fails(429, "rate_limit_error", "This would exceed your rate limit.", { "retry-after": "240" })),
    sentence: "The class has asked more than its account may for now. Ask again in 4 minutes.",
    requests: 1,
    ends: () => {
      FINE();
      // Waiting would help, too.
      return seat.putKey();
    },
  },
  "answers that are cut": {
    begins: () => behave(cutAfter(["It begins well, ", "and then "])),
    sentence: "Claude's answers break off on their way. Ask again; your instructor sees it too.",
    requests: 3,
    ends: FINE,
  },
  "a pause": {
    begins: () => seat.agent.put({ relay: { paused: true } }),
    sentence: "Claude is paused for now. Your instructor will let it go on.",
    requests: 0,
    ends: () => seat.agent.put({ relay: {} }),
  },
  "the seat's budget": {
    begins: () => seat.agent.put({ relay: { seat: { usd: 0 } } }),
    sentence: "Your seat's budget is used up. Ask your instructor.",
    requests: 0,
    ends: () => seat.agent.put({ relay: {} }),
  },
  "the class's budget": {
    begins: () => seat.agent.put({ relay: { machine: { usd: 0 } } }),
    sentence: "Your class's budget is used up. Ask your instructor.",
    requests: 0,
    ends: () => seat.agent.put({ relay: {} }),
  },
};

/** The relay looks by itself, too, whether the upstream is well again; that costs nothing. */
const asked = (): number => upstream.messages().length;

let number = 0;
/** Of these the relay and the CLI try again for a quarter of a minute before the learner reads of it: one each run. */
const LASTING = ["an upstream that fails", "a proxy before it that fails with a page", "too much to do"];
const [lasting, passing] = [true, false].map((is) =>
  Object.entries(TROUBLES).filter(([name]) => LASTING.includes(name) === is),
) as [[string, Trouble][], [string, Trouble][]];
for (const [name, { begins, sentence, requests, ends }] of [...passing, ...sampled(lasting, 1)])
  test(`${name}: the learner reads one plain sentence, and the next question is answered by the same CLI`, async () => {
    const pid = seat.pid();
    await begins();
    const before = asked();
    const question = `What is ${++number} and ${number}?`;
    try {
      await seat.ask(question);
      expect(await seat.below(question, sentence)).toMatch(
        new RegExp(`^ ● API Error: 402 ${sentence.replaceAll(/[.?]/g, "\\$&")} `),
      );
      expect(asked() - before).toBeLessThanOrEqual(requests);
    } finally {
      await ends();
    }
    const next = `And ${number} times ${number}?`;
    await seat.ask(next);
    await seat.below(next, /All is well again\.|Hello\./);
    expect(seat.pid()).toBe(pid);
  });

test("a limit of seconds is waited for, and the answer comes by itself", async () => {
  const answers = [fails(429, "rate_limit_error", "slow down", { "retry-after": "2" }), says("It took a moment.")];
  const before = asked();
  behave((got) => (answers.length > 1 ? (answers.shift() as Behaviour)(got) : (answers[0] as Behaviour)(got)));
  await seat.ask("Will it come?");
  await seat.below("Will it come?", "It took a moment.");
  expect(asked() - before).toBe(2);
});

/** A real minute of the real CLI; the relay's own tests have it shorter. */
if (process.env.TEST_FULL)
  test("a slow upstream is told to the instructor after a minute, and its answer still comes", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    behave(async (got) => {
      await promise;
      return says("Here it is, late.")(got);
    });
    await seat.ask("Will it ever come?");
    for (;;) {
      const { llm } = await seat.agent.report();
      if (llm?.message === "no answer for 60 s") break;
      await seat.below("Will it ever come?", /\S/);
    }
    resolve();
    await seat.below("Will it ever come?", "Here it is, late.");
    expect((await seat.agent.report()).llm?.state).toBe("ok");
  });
