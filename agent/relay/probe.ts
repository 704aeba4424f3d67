import { KEY_QUESTION } from "../contract/upstream.ts";
import type { Around } from "./around.ts";
import { headersUp } from "./headers.ts";
import { ask } from "./send.ts";

const PROBE_MS = 20_000;

/** Asks the upstream whether it takes the key, so that the instructor knows before a learner does. Never rejects. */
export async function probe({ upstream, key, health, verdict }: Pick<Around, "upstream" | "key" | "health" | "verdict">) {
  const sent = key();
  const headers = headersUp(new Headers(KEY_QUESTION.headers), upstream, sent);
  try {
    const signal = AbortSignal.timeout(PROBE_MS);
    const answer = await ask(upstream, KEY_QUESTION.path, { headers, signal });
    if (sent !== key()) await answer.body?.cancel();
    else if (answer.ok) {
      await answer.body?.cancel();
      verdict.formOf(answer);
      health.good("probe");
    } else await verdict.judge(answer, sent, "probe");
  } catch (error) {
    // What `judge` refuses is kept in the state.
    if (!(error instanceof Error && "refusal" in error)) health.bad("unreachable", "no answer", "probe");
  }
}
