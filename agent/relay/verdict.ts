import { type Refusal, Refused } from "./answers.ts";
import type { Health, Question } from "./health.ts";
import { limited, type Queue, WAITED_MS } from "./queue.ts";
import { scrubbed } from "./scrub.ts";

/** An error's body is some hundred bytes. */
const ERROR_LIMIT = 64 * 1024;

const KEY_REFUSED: Refusal = { why: "refused", message: "The class's key is refused. Your instructor sees it too." };
const NO_CREDIT: Refusal = { why: "no-credit", message: "The class's account is out of credit. Your instructor sees it too." };
export const AWAY: Refusal = {
  why: "away",
  message: "Claude can't be reached from the class. Ask again in a minute; your instructor sees it too.",
};
const FAILS: Refusal = {
  why: "away",
  message: "Claude fails at the moment. Ask again in a minute; your instructor sees it too.",
};
const OVERLOADED: Refusal = { why: "away", message: "Claude has too much to do at the moment. Ask again in a minute." };

/** So long the CLI tries again by itself, about six times, and a short trouble passes unseen; who reads a sentence knows what to do. */
const UNSEEN_MS = 15_000;
/** A limit is one of a minute. */
const LIMIT_UNSEEN_MS = 60_000;

/** What an answer that is an error means for the class: kept as its state, and said to the learner where the upstream's own words would mislead. */
export interface Verdict {
  /** The error's body, to be passed on. @throws Refused with our own words instead */
  judge(answer: Response, key: string | undefined, to: Question): Promise<string>;
  /** Of a good answer: how its usage is read. @throws Refused for one of another form, a hotel's sign-in page for instance */
  formOf(answer: Response): "stream" | "whole";
  /** Of any answer: how long the upstream wants to be left alone. */
  heed(headers: Headers): void;
}

export function openVerdict(health: Health, queue: Queue, now: () => number = Date.now): Verdict {
  const heed = (headers: Headers): void => queue.hold(waitOf(headers, now()));
  const lasts = (ms: number): boolean => now() - Date.parse(health.current()?.since ?? "") >= ms;

  async function judge(answer: Response, key: string | undefined, to: Question): Promise<string> {
    const text = scrubbed(await beginningOf(answer), key);
    const { type, message } = errorOf(text);
    const said = `${answer.status}${message ? `: ${message}` : ""}`;
    if (answer.status === 402 || type === "billing_error" || OUT_OF_CREDIT.test(message)) {
      health.bad("no-credit", said, to);
      throw new Refused(NO_CREDIT);
    }
    if (answer.status === 401 || answer.status === 403) {
      health.bad("refused", said, "probe");
      throw new Refused(KEY_REFUSED);
    }
    if (answer.status === 429) {
      health.bad("limited", said, to);
      const wait = waitOf(answer.headers, now());
      if (wait > WAITED_MS || lasts(LIMIT_UNSEEN_MS)) throw new Refused(limited(wait));
    } else if (answer.status >= 500) {
      health.bad(answer.status === 529 ? "limited" : "unreachable", said, to);
      if (lasts(UNSEEN_MS)) throw new Refused(answer.status === 529 ? OVERLOADED : FAILS);
    } else if (answer.status >= 400) health.good(to);
    else {
      health.bad("unreachable", `${answer.status}: it sends elsewhere. Is the address right?`, "probe");
      throw new Refused(AWAY);
    }
    return text;
  }

  function formOf({ headers }: Response): "stream" | "whole" {
    const type = (headers.get("content-type") ?? "").toLowerCase();
    const packed = (headers.get("content-encoding") ?? "identity").toLowerCase();
    if (UNPACKED.has(packed) && type.startsWith("text/event-stream")) return "stream";
    if (UNPACKED.has(packed) && type.startsWith("application/json")) return "whole";
    health.bad(
      "unreachable",
      `it answers with "${type}", packed as "${packed}", which is no answer of Claude's. Is the address right?`,
      "probe",
    );
    throw new Refused(AWAY);
  }
  return { judge, formOf, heed };
}

/** The whole sentence: an error that quotes the request has a colon, and a learner may call a model or a field as she likes. */
const OUT_OF_CREDIT = /^your credit balance is too low[^:]*$/i;

async function beginningOf(answer: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    pieces.push(piece);
    size += piece.length;
    if (size > ERROR_LIMIT) break;
  }
  return Buffer.concat(pieces).subarray(0, ERROR_LIMIT).toString("utf8");
}

function errorOf(text: string): { type: string; message: string } {
  try {
    const { error } = JSON.parse(text) as { error?: { type?: unknown; message?: unknown } };
    return { type: String(error?.type ?? ""), message: String(error?.message ?? "") };
  } catch {
    return { type: "", message: "" };
  }
}

/** What fetch unpacks. In another packing neither usage nor a key could be seen. */
const UNPACKED = new Set(["identity", "gzip", "deflate", "br", "zstd"]);

const LIMITS = ["requests", "tokens", "input-tokens", "output-tokens"];

/** Milliseconds. `retry-after` is given in seconds; a limit that has nothing left says when it begins again. */
function waitOf(headers: Headers, now: number): number {
  const asked = Number(headers.get("retry-after") ?? 0) * 1000 || 0;
  const empty = LIMITS.filter((limit) => headers.get(`anthropic-ratelimit-${limit}-remaining`) === "0");
  const resets = empty.map((limit) => Date.parse(headers.get(`anthropic-ratelimit-${limit}-reset`) ?? "") - now || 0);
  return Math.max(0, asked, ...resets);
}
