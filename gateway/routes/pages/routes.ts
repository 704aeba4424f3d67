import { Elysia } from "elysia";
import { serveAsset } from "../../../views/assets.ts";
import { addressOf } from "../../people/address.ts";
import type { Services } from "../../services.ts";
import type { Context } from "../answers.ts";
import { archiveRoutes } from "./archive.tsx";
import type { Ask, PageRoute, PageSettings } from "./ask.ts";
import { checkPageRoutes } from "./check.tsx";
import { costRoutes } from "./cost.tsx";
import { definitionRoutes } from "./definition.tsx";
import { joinRoutes } from "./join.tsx";
import { llmRoutes } from "./llm.tsx";
import { logRoutes } from "./log.ts";
import { oneSeatRoutes } from "./one-seat.tsx";
import { portalRoutes } from "./portal.tsx";
import { problemPage } from "./problems.tsx";
import { renewRoutes } from "./renew.tsx";
import { seatRoutes } from "./seat.tsx";
import { signInRoutes } from "./sign-in.tsx";
import { stopRoutes } from "./stop.tsx";
import { timesRoutes } from "./times.tsx";
import { workshopRoutes } from "./workshop.tsx";

const ROUTES: PageRoute[] = [
  ...portalRoutes,
  ...costRoutes,
  ...workshopRoutes,
  ...stopRoutes,
  ...timesRoutes,
  ...definitionRoutes,
  ...seatRoutes,
  ...renewRoutes,
  ...oneSeatRoutes,
  ...llmRoutes,
  ...archiveRoutes,
  ...logRoutes,
  ...joinRoutes,
  ...checkPageRoutes,
  ...signInRoutes,
];

/** Unforeseen faults are shown as a number; the log has the cause. */
export type PageLog = (number: string, cause: unknown) => void;

/** All pages and their assets. `log`: what went wrong on our side. */
export function pageRoutes(services: Services, settings: PageSettings, log: PageLog) {
  const app = new Elysia({ name: "pages" }).get(
    "/assets/*",
    ({ request }) => serveAsset(request) ?? new Response(null, { status: 404 }),
  );
  for (const { method, path, handle } of ROUTES) {
    app.route(method, path, (context) => answering(askOf(context, services, settings), handle, log), { parse: "none" });
  }
  return app;
}

/** The page for whatever else a browser asked for, or for what was thrown outside of the pages. */
export function problemPageFor(
  request: Request,
  services: Services,
  settings: PageSettings,
  thrown: unknown,
  log: PageLog,
): Promise<Response> {
  return problemPage(askOf({ request, params: {}, server: null }, services, settings), thrown, log);
}

async function answering(ask: Ask, handle: PageRoute["handle"], log: PageLog): Promise<Response> {
  try {
    return await handle(ask);
  } catch (thrown) {
    return problemPage(ask, thrown, log);
  }
}

interface PageContext extends Context {
  /** Undefined where the path has none. */
  params?: Record<string, string | undefined>;
}

function askOf({ request, params = {}, server }: PageContext, services: Services, settings: PageSettings): Ask {
  const known = Object.entries(params).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return {
    request,
    url: new URL(request.url),
    params: Object.fromEntries(known),
    address: addressOf(request, server, settings.behindFront),
    services,
    settings,
    now: new Date().toISOString(),
    keepOpen: () => server?.timeout(request, 0),
  };
}
