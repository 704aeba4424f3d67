import { Elysia } from "elysia";
import type { Logger } from "pino";
import { Problem } from "../agent/contract/errors.ts";
import type { Metrics } from "./metrics.ts";
import { json, problemAnswer } from "./routes/answers.ts";
import { checkRoutes } from "./routes/check.ts";
import { LINE_LIMITS } from "./routes/check-line.ts";
import { definitionRoutes } from "./routes/definition.ts";
import { healthRoutes } from "./routes/health.ts";
import { joinRoutes } from "./routes/join.ts";
import { llmRoutes } from "./routes/llm.ts";
import type { PageSettings } from "./routes/pages/ask.ts";
import { pageRoutes, problemPageFor } from "./routes/pages/routes.ts";
import { renewalRoutes } from "./routes/renewals.ts";
import { workshopRoutes } from "./routes/workshops.ts";
import type { Services } from "./services.ts";
import type { Keys } from "./tokens/keys.ts";

export interface AppParts {
  services: Services;
  keys: Keys;
  metrics: Metrics;
  settings: PageSettings;
  log: Logger;
}

/** All routes, and the one place where what was thrown becomes an answer. */
export function createApp({ services, keys, metrics, settings, log }: AppParts) {
  const pageLog = (number: string, cause: unknown) => log.error({ err: cause, number }, "a page failed");
  return new Elysia({ precompile: true, websocket: LINE_LIMITS })
    .onRequest(({ request }) => {
      if (!hasAddress(request)) return problemAnswer(noAddress());
      return isForPrograms(request) && !isReadable(request) ? problemAnswer(unreadable()) : undefined;
    })
    .onError(({ error, code, request }) => {
      if (!hasAddress(request)) return problemAnswer(noAddress());
      // Elysia's own; a room's NOT_FOUND says what there isn't.
      const thrown = code === "NOT_FOUND" && !(error instanceof Problem) ? noSuchRoute(request) : error;
      return isForPrograms(request)
        ? apiAnswer(thrown, request, log)
        : problemPageFor(request, services, settings, thrown, pageLog);
    })
    .use(healthRoutes(services, keys, metrics, settings.url))
    .use(workshopRoutes(services))
    .use(definitionRoutes(services))
    .use(llmRoutes(services))
    .use(renewalRoutes(services))
    .use(joinRoutes(services, settings.behindFront))
    .use(checkRoutes(services, settings.behindFront))
    .use(pageRoutes(services, settings, pageLog));
}

/** A `Host` that is none leaves a request without an address: nothing that asks for its path would get one. */
const hasAddress = ({ url }: Request): boolean => URL.canParse(url);

const noAddress = (): Problem =>
  new Problem("INVALID_INPUT", "The Host header is missing or names no host: send the address that the gateway is served at.");

/** Of an address that isn't, routes would get nothing in place of an id. */
function isReadable({ url }: Request): boolean {
  try {
    decodeURIComponent(new URL(url).pathname);
    return true;
  } catch {
    return false;
  }
}

const unreadable = (): Problem =>
  new Problem("INVALID_INPUT", "The address has a % with no two hex digits of a letter behind it. Write a % itself as %25.");

const PROGRAMS = ["/api", "/healthz", "/metrics", "/.well-known"];

function isForPrograms(request: Request): boolean {
  const { pathname } = new URL(request.url);
  return PROGRAMS.some((prefix) => pathname === prefix || pathname.startsWith(`${prefix}/`));
}

function noSuchRoute(request: Request): Problem {
  const { pathname } = new URL(request.url);
  const next = isForPrograms(request) ? "GET /api/openapi lists all calls." : "The address may have been mistyped.";
  return new Problem("NOT_FOUND", `There is nothing at ${request.method} “${pathname.slice(0, 200)}”. ${next}`);
}

function apiAnswer(thrown: unknown, request: Request, log: Logger): Response {
  if (thrown instanceof Problem) return problemAnswer(thrown);
  log.error({ err: thrown, method: request.method, path: new URL(request.url).pathname }, "a call failed");
  const body = {
    error: { code: "INTERNAL_ERROR", message: "Something went wrong on the gateway; its log says what. Try again." },
  };
  return json(body, 500);
}
