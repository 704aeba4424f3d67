import { type Upstream, wayTo } from "../contract/upstream.ts";
import { type Refusal, Refused } from "./answers.ts";
import type { Around, Call } from "./around.ts";
import { headersUp } from "./headers.ts";
import { AWAY } from "./verdict.ts";

/** Long enough for an answer that is made whole before it is sent. The instructor hears of it; the request goes on. */
const SLOW_MS = 60_000;

interface Sent {
  call: Call;
  body: ReadableStream<Uint8Array> | null;
  key: string | undefined;
  abort: AbortController;
}

/** Longer than a model reads: then the learner hears of it. */
const BEGINS_MS = 120_000;
/** One on one's own computer may read for minutes; the CLI gives up after 361 s. */
const LOCAL_MS = 400_000;
const SILENT: Refusal = { why: "away", message: "Claude doesn't answer. Ask again in a minute; your instructor sees it too." };

/** @throws Refused when nobody answers @throws the signal's reason */
export async function send({ call, body, key, abort }: Sent, { upstream, health }: Around): Promise<Response> {
  const { request, asked, path } = call;
  const told = asked !== "hello";
  const { signal } = abort;
  const hopeless = setTimeout(
    () => abort.abort(new Refused(SILENT)),
    upstream.beginsWithinMs ?? (upstream.local ? LOCAL_MS : BEGINS_MS),
  );
  const { slowAfterMs = SLOW_MS } = upstream;
  const slow = setTimeout(() => told && health.bad("unreachable", `no answer for ${slowAfterMs / 1000} s`, "seats"), slowAfterMs);
  try {
    return await ask(upstream, path, {
      method: request.method,
      headers: headersUp(request.headers, upstream, key),
      body,
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (told) health.bad("unreachable", wordsOf(error), "probe");
    throw new Refused(AWAY);
  } finally {
    clearTimeout(slow);
    clearTimeout(hopeless);
  }
}

/** Bun's own limit of time is off: how long is waited is said by the signal. */
export const ask = (upstream: Upstream, path: string, init: RequestInit): Promise<Response> =>
  fetch(`${upstream.base}${path}`, { ...init, ...wayTo(upstream), timeout: false } as RequestInit);

/** Only what kind of fault it is: a message might name what was sent. */
function wordsOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return `no answer (${String(code ?? name)})`;
}
