import { Problem } from "../../../agent/contract/errors.ts";
import type { Place } from "../../../views/client/check/words.ts";
import { Check, type CheckProps, CheckRefused } from "../../../views/pages/check.tsx";
import type { CheckedClass } from "../../services.ts";
import { codeKey, noCode, shownCode } from "../../workshops/names.ts";
import { LEARNER_NAME_LIMIT } from "../../workshops/workshop.ts";
import { readJson } from "../answers.ts";
import { answerPage, answerText, goTo } from "./answer.ts";
import { type Ask, callerOf, type PageRoute, signedIn } from "./ask.ts";
import { changed } from "./workshop.tsx";

export const checkPageRoutes: PageRoute[] = [
  { method: "GET", path: "/check", handle: show },
  { method: "GET", path: "/check/:code", handle: showFor },
  { method: "POST", path: "/check/:code", handle: note },
  { method: "POST", path: "/workshops/:id/forget-checks", handle: forget },
];

/** What people type is never longer; more would only fill pages and logs. */
const TYPED_MOST = 80;
/** Eight findings of five fields and a name. */
const RESULTS_LIMIT = 4 * 1024;

/** `/check?code=…` is where the page's own form leads. */
function show(ask: Ask): Response {
  const code = (ask.url.searchParams.get("code") ?? "").trim().slice(0, TYPED_MOST);
  if (code) return goTo(ask, `/check/${encodeURIComponent(shownCode(code.toUpperCase()))}`);
  return answerPage(<Check {...propsOf(ask)} />);
}

async function showFor(ask: Ask): Promise<Response> {
  const code = (ask.params.code ?? "").slice(0, TYPED_MOST);
  const found = await ask.services.checks.find(code, callerOf(ask));
  if (!found) return answerPage(<CheckRefused code={code} noCode={codeKey(code) ? undefined : noCode(code)} />, { status: 404 });
  const { people, seating } = ask.services;
  // By it a browser's next check takes the place of its last.
  const cookie = people.browserCookie(people.browserOf(ask.request) ?? seating.newBrowser());
  return answerPage(<Check {...propsOf(ask, found)} />, { cookie });
}

function propsOf({ settings, address, now }: Ask, of?: CheckedClass): CheckProps {
  const { url, network } = settings;
  const place = placeOf(url, network);
  return { place, ownFront: network.ownFront, stun: network.stun, address, now, nameMost: LEARNER_NAME_LIMIT, ...(of && { of }) };
}

function placeOf(url: string, { stun, media, machines }: Ask["settings"]["network"]): Place {
  const { protocol, hostname, port } = new URL(url);
  const secure = protocol === "https:";
  const [asked] = stun;
  return {
    ...{ host: hostname, port: Number(port) || (secure ? 443 : 80), secure },
    ...(asked !== undefined && { stun: asked.replace(/^stun:/, "") }),
    ...(media && { media }),
    ...(machines !== undefined && { machines }),
  };
}

/** A refusal is a sentence that the page shows. */
async function note(ask: Ask): Promise<Response> {
  ask.services.people.requireOwnOrigin(ask.request);
  try {
    await ask.services.checks.note(ask.params.code ?? "", await readJson(ask.request, RESULTS_LIMIT), callerOf(ask));
    return new Response(null, { status: 204 });
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    return answerText(thrown.message, thrown.status);
  }
}

async function forget(ask: Ask): Promise<Response> {
  const { id: owner } = await signedIn(ask);
  await ask.services.checks.forget(owner, ask.params.id ?? "");
  return changed(ask);
}
