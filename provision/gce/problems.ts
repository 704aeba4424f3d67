import { type ErrorCode, Problem } from "../../agent/contract/errors.ts";

/** What Google answered instead of what was asked; `http` and `reason` are for callers that can do something about it. */
export class GoogleProblem extends Problem {
  /**
   * @param http status; 0: nobody answered in time
   * @param reason a word of Google's: `alreadyExists`, `rateLimitExceeded`, of failed operations `QUOTA_EXCEEDED`
   */
  constructor(
    what: string,
    readonly why: string,
    readonly http: number,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    const facts = [http > 0 && `HTTP ${http}`, reason].filter(Boolean).join(", ");
    super(codeOf(http, reason), `Google Cloud could not ${what}: ${why}${facts ? ` (${facts})` : ""}`, options);
  }

  /** The same of what one wanted by a call that many shared. @param what goes on after “Google Cloud could not ” */
  as(what: string): GoogleProblem {
    return new GoogleProblem(what, this.why, this.http, this.reason, { cause: this });
  }

  /** The same call may go well a little later. */
  get isPassing(): boolean {
    return this.isRateLimit || this.http === 0 || this.http === 408 || this.http >= 500;
  }

  /** Of so many calls a minute: compute says 403, which else is a refusal for good, secrets 429, DNS either. */
  get isRateLimit(): boolean {
    return this.http === 429 || (this.http === 403 && RATE_REASONS.includes(this.reason));
  }
}

const RATE_REASONS = ["rateLimitExceeded", "userRateLimitExceeded"];

function codeOf(status: number, reason: string): ErrorCode {
  if (status === 429 || RATE_REASONS.includes(reason)) return "RATE_LIMITED";
  return CODES[status] ?? "UNAVAILABLE";
}

const CODES: Record<number, ErrorCode> = {
  400: "INVALID_INPUT",
  401: "FORBIDDEN",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  409: "STATE_CONFLICT",
  412: "CONFLICT",
  413: "TOO_LARGE",
};

/** HTTP statuses of gRPC's codes, for errors that the clients' own machinery made. */
const HTTP_OF_GRPC: Record<number, number> = { 3: 400, 5: 404, 6: 409, 7: 403, 8: 429, 9: 400, 16: 401 };
/** Codes of HTTP are three digits, gRPC's at most two. */
const HTTP_LEAST = 100;

/** Where the REST clients keep the body of an error. */
const RAW_BODY = Symbol.for("google-gax.rawHttpResponsePayload");

interface ClientError {
  message?: string;
  code?: number | string;
  httpStatusCode?: number;
  errors?: { reason?: string; message?: string }[];
  [RAW_BODY]?: unknown;
}

/**
 * One error for the clients' three kinds: compute and Secret Manager throw gRPC codes, often the wrong one (409 of compute is ABORTED),
 * with the HTTP status beside; DNS throws HTTP statuses; what never reached Google has neither.
 */
export function problemOf(error: unknown, what: string): GoogleProblem {
  if (error instanceof GoogleProblem) return error;
  const { message = String(error), code, httpStatusCode, errors } = (error ?? {}) as ClientError;
  const body = bodyOf((error as ClientError)?.[RAW_BODY]);
  const { errors: told = errors, details, status: word = "" } = body?.error ?? {};
  // Newer services say why in a detail, and in their status only what kind of refusal it is.
  const reason = told?.[0]?.reason ?? details?.find((detail) => detail.reason)?.reason ?? word;
  return new GoogleProblem(what, body?.error?.message ?? message, statusOf(httpStatusCode, code), reason, { cause: error });
}

function statusOf(status: number | undefined, code: number | string | undefined): number {
  const known = status ?? code;
  if (typeof known !== "number") return 0;
  return known >= HTTP_LEAST ? known : (HTTP_OF_GRPC[known] ?? 0);
}

interface Told {
  message?: string;
  status?: string;
  errors?: { reason?: string }[];
  details?: { reason?: string }[];
}
type Body = { error?: Told } | undefined;

function bodyOf(raw: unknown): Body {
  if (typeof raw === "object" && raw !== null && "error" in raw) return raw as Body;
  if (typeof raw !== "string") return undefined;
  try {
    return JSON.parse(raw) as Body;
  } catch {
    return undefined;
  }
}
