import type { DNS } from "@google-cloud/dns";
import { ATTEMPT_MS } from "./calls.ts";

type Send = DNS["makeAuthenticatedRequest"];

/** What the client makes of a call, with its token. */
interface Ready {
  uri: string;
  method?: string;
  headers?: HeadersInit;
  qs?: Record<string, string | number | undefined>;
  json?: unknown;
}

interface Answer {
  error?: { code?: number; message?: string; errors?: { reason?: string }[] };
}

/**
 * Every request of this client leaves once, and ends with its attempt. The client's own way sends one that was never answered again after a
 * minute, when what it made may have been taken away (`noResponseRetries` of its library can't be set); and in Bun it packs questions
 * (`compress`, which there means the request's body).
 */
export function sendOnce(dns: DNS): void {
  const authenticate = dns.makeAuthenticatedRequest;
  const send = (wish: unknown, answered: (error: Error | null, body?: unknown) => void) =>
    authenticate(
      wish as Parameters<Send>[0],
      {
        onAuthenticated: (error: Error | null, ready?: unknown) => {
          if (error || !ready) answered(error ?? new Error("the request was lost before it was sent"));
          else sent(ready as Ready).then((body) => answered(null, body), answered);
        },
      } as Parameters<Send>[1],
    );
  dns.makeAuthenticatedRequest = Object.assign(send, authenticate) as unknown as Send;
}

/** @throws with the HTTP status as `code` and Google's `errors`, as the client's own do */
async function sent({ uri, method = "GET", headers, qs = {}, json }: Ready): Promise<unknown> {
  const url = new URL(uri);
  for (const [name, value] of Object.entries(qs)) if (value !== undefined) url.searchParams.set(name, String(value));
  const body = json === undefined || json === true ? {} : { body: JSON.stringify(json) };
  const head = new Headers(headers);
  if (body.body !== undefined) head.set("content-type", "application/json");
  // A line that is kept may be cut meanwhile, and Bun sends again what it had sent by that.
  const response = await fetch(url, {
    method,
    headers: head,
    ...body,
    keepalive: false,
    signal: AbortSignal.timeout(ATTEMPT_MS),
  });
  const text = await response.text();
  const answer = (text === "" ? {} : parsed(text)) as Answer;
  if (response.ok && !answer.error) return answer;
  const { message = text.slice(0, 200) || response.statusText, errors = [] } = answer.error ?? {};
  throw Object.assign(new Error(message), { code: response.status, errors });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
