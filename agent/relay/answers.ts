/** Why a request isn't passed on. `busy`: it may come again later. */
export interface Refusal {
  why: Why;
  /** One plain sentence for the learner, and what to do. */
  message: string;
  /** Seconds. */
  retryAfter?: number;
}

const ANSWER = {
  /** The one status whose sentence the CLI shows as it is, without trying again or asking to log in. */
  paused: { status: 402, type: "billing_error" },
  "used-up": { status: 402, type: "billing_error" },
  model: { status: 402, type: "billing_error" },
  "no-key": { status: 402, type: "billing_error" },
  refused: { status: 402, type: "billing_error" },
  "no-credit": { status: 402, type: "billing_error" },
  stale: { status: 402, type: "billing_error" },
  /** The upstream wants to be left alone for longer than anybody waits. */
  held: { status: 402, type: "billing_error" },
  busy: { status: 429, type: "rate_limit_error" },
  stranger: { status: 401, type: "authentication_error" },
  path: { status: 404, type: "not_found_error" },
  body: { status: 400, type: "invalid_request_error" },
  large: { status: 413, type: "request_too_large" },
  away: { status: 402, type: "billing_error" },
} as const;
export type Why = keyof typeof ANSWER;

/** Thrown where a request stops; becomes its answer. */
export class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.message);
  }
}

/** In the API's own form. Whoever is refused by us needn't try again by himself: it would only be refused again. */
export function refusalAnswer(refusal: Refusal): Response {
  const headers = new Headers({ "x-should-retry": "false" });
  if (refusal.retryAfter !== undefined) headers.set("retry-after", String(refusal.retryAfter));
  return Response.json(bodyOf(refusal), { status: ANSWER[refusal.why].status, headers });
}

/** The end of a stream that may not go on: the CLI asks once more, and shows the sentence that it then gets. */
export const refusalEvent = (refusal: Refusal): string => `event: error\ndata: ${JSON.stringify(bodyOf(refusal))}\n\n`;

function bodyOf({ why, message }: Refusal): object {
  return { type: "error", error: { type: ANSWER[why].type, message } };
}
