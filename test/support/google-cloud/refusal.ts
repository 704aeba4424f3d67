export type Service = "compute" | "dns" | "secrets";

/** What Google answers instead of what was asked. */
export class Refusal extends Error {
  /**
   * @param reason of the older services' `errors[]`: `notFound`
   * @param more.rpc the newer services' word where the HTTP status alone doesn't say it: `FAILED_PRECONDITION`
   * @param more.details of the front door's refusals (unknown fields), which have `status` and `details` for every service
   */
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
    readonly more: { rpc?: string; domain?: string; details?: unknown[]; location?: string } = {},
  ) {
    super(message);
  }
}

const RPC: Record<number, string> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  409: "ALREADY_EXISTS",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

/** Compute and DNS answer with `errors[]` and without `status`, Secret Manager the other way round. */
export function bodyOf({ status, reason, message, more }: Refusal, service: Service): unknown {
  const word = { status: more.rpc ?? RPC[status] ?? "UNKNOWN" };
  const details = more.details ? { details: more.details } : {};
  if (service === "secrets") return { error: { code: status, message, ...word, ...details } };
  const errors = [{ message, domain: more.domain ?? "global", reason, ...(more.location && located(more.location)) }];
  return { error: { code: status, message, errors, ...(more.details && { ...word, ...details }) } };
}

const located = (location: string) => ({ location, locationType: "parameter" });

export const notFound = (message: string): Refusal => new Refusal(404, "notFound", message);
export const invalid = (message: string): Refusal => new Refusal(400, "invalid", message);

/** What the front door says of a body that isn't of the service's schema. */
export const badBody = (message: string, field: string): Refusal =>
  new Refusal(400, "badRequest", message, {
    details: [{ "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: [{ field, description: message }] }],
  });
