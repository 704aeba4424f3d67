import { KEY_QUESTION, keyHeaders, type Upstream, wayTo } from "../../../agent/contract/upstream.ts";
import type { KeyTrial } from "../../../views/llm.ts";

/** Somebody looks at a form meanwhile; an upstream that is slower than this is away for a class too. */
const TRIAL_MS = 8000;

/** Asks the upstream whether it takes a key: one call, with a deadline. Never rejects, and repeats nothing of the answer but its status. */
export async function tryKey(upstream: Upstream, apiKey: string): Promise<KeyTrial> {
  const at = new Date().toISOString();
  const headers = { ...KEY_QUESTION.headers, ...keyHeaders(upstream, apiKey) };
  const where = new URL(upstream.base).host;
  try {
    const signal = AbortSignal.timeout(TRIAL_MS);
    const answer = await fetch(upstream.base + KEY_QUESTION.path, { ...wayTo(upstream), headers, signal });
    await answer.body?.cancel();
    return { at, ...judged(answer.status, where) };
  } catch (error) {
    const late = error instanceof DOMException && error.name === "TimeoutError";
    const why = late ? `no answer within ${TRIAL_MS / 1000} s` : "no connection";
    return { at, is: "unreachable", said: `${where}: ${why}` };
  }
}

function judged(status: number, where: string): Pick<KeyTrial, "is" | "said"> {
  const said = `${where} answered ${status}`;
  if (status >= 200 && status < 300) return { is: "good", said };
  if (status === 401 || status === 403) return { is: "refused", said };
  if (status >= 300 && status < 400) return { is: "unreachable", said: `${said}: it sends elsewhere` };
  // A gateway of one's own needn't list models, and who is asked to wait learns nothing of the key.
  return { is: status >= 500 && status !== 529 ? "unreachable" : "unknown", said };
}
