import { Problem } from "../../../agent/contract/errors.ts";
import { CODE_KNOWN } from "../../../agent/contract/session.ts";
import { Ended, Join, JoinDoor, type JoinProblem, type JoinProps } from "../../../views/pages/join.tsx";
import { Waiting, WaitingDoor } from "../../../views/pages/waiting.tsx";
import { isBrowser } from "../../people/cookies.ts";
import { InputProblem } from "../../workshops/input.ts";
import { codeKey, shownCode } from "../../workshops/names.ts";
import { LEARNER_NAME_LIMIT } from "../../workshops/workshop.ts";
import { answer, answerPage, goTo } from "./answer.ts";
import { type Ask, callerOf, type PageRoute, smallForm, text } from "./ask.ts";
import { firstSentence } from "./problems.tsx";

export const joinRoutes: PageRoute[] = [
  { method: "GET", path: "/join", handle: show },
  { method: "POST", path: "/join", handle: enter },
  { method: "GET", path: "/join/waiting", handle: wait },
  { method: "GET", path: "/join/ended", handle: ended },
  { method: "GET", path: "/join/:code", handle: fillIn },
];

/** What people type is never longer; more would only fill pages and logs. */
const TYPED_MOST = 80;

async function show(ask: Ask): Promise<Response> {
  const { services, url, request } = ask;
  const known = services.people.browserOf(request);
  const code = (url.searchParams.get("code") ?? "").slice(0, TYPED_MOST);
  const mode = url.searchParams.has("reconnect") ? "reconnect" : "enter";
  const props: JoinProps = {
    mode,
    typed: { code, name: "", odehash: "" },
    limits: { name: LEARNER_NAME_LIMIT },
    ...(mode === "enter" ? await remembered(ask, known) : {}),
  };
  // Also when it is known: its year begins anew, and one that came by the name of an earlier release gets today's.
  const cookie = services.people.browserCookie(known ?? services.seating.newBrowser());
  return answer(ask, <Join {...props} />, <JoinDoor {...props} />, { cookie, door: true });
}

/** `/join/CLARA-7K3M`, as people make addresses up: the page to join by, with the code filled in. */
async function fillIn(ask: Ask): Promise<Response> {
  const code = shownCode(ask.params.code ?? "");
  if (!codeKey(code)) throw new Problem("NOT_FOUND", "There is no such page.");
  return goTo(ask, `/join?${new URLSearchParams({ code })}`);
}

/** "Continue as …", and for whoever isn't that a fresh browser id. */
async function remembered(ask: Ask, browser: string | undefined): Promise<Pick<JoinProps, "again" | "otherBrowser">> {
  const again = browser ? await ask.services.seating.again(browser) : undefined;
  if (!again) return {};
  const { workshop, code, seat, name, odehash, endsAt } = again;
  return {
    again: { workshop, code, seat, name, odehash, now: ask.now, ...(endsAt ? { endsAt } : {}) },
    otherBrowser: ask.services.seating.newBrowser(),
  };
}

async function enter(ask: Ask): Promise<Response> {
  ask.services.people.requireOwnOrigin(ask.request);
  const form = await smallForm(ask.request);
  const typed = {
    code: text(form, "code").slice(0, TYPED_MOST),
    name: text(form, "name").slice(0, LEARNER_NAME_LIMIT),
    odehash: text(form, "odehash").slice(0, TYPED_MOST),
  };
  const mode = text(form, "mode") === "reconnect" ? "reconnect" : "enter";
  const missing = missingField(mode, typed);
  if (missing) return refuse(ask, mode, typed, missing, 400);
  const other = text(form, "other");
  const someoneElse = isBrowser(other) ? other : undefined;
  const caller = { ...callerOf(ask), ...(someoneElse ? { browser: someoneElse } : {}) };
  try {
    const { url } = await ask.services.seating.enter(wishOf(typed), caller);
    return goTo(
      ask,
      mode === "reconnect" ? url + CODE_KNOWN : url,
      someoneElse && ask.services.people.browserCookie(someoneElse),
    );
  } catch (thrown) {
    if (thrown instanceof Problem) return notIn(ask, mode, typed, thrown);
    throw thrown;
  }
}

type Typed = JoinProps["typed"];

const wishOf = ({ code, name, odehash }: Typed) => ({ code, ...(odehash ? { odehash } : {}), ...(name ? { name } : {}) });

function missingField(mode: JoinProps["mode"], typed: Typed): JoinProblem | undefined {
  if (!typed.code) return { code: "Type the code first: a word, a hyphen and four characters." };
  if (mode === "reconnect" && !typed.odehash) return { odehash: "Type your reconnect code: five letters and digits." };
  return undefined;
}

/** Why someone isn't in, each at its place on the page. */
function notIn(ask: Ask, mode: JoinProps["mode"], typed: Typed, problem: Problem): Response {
  const { message, status } = problem;
  switch (problem.code) {
    case "NOT_RUNNING":
      return goTo(ask, `/join/waiting?${new URLSearchParams(typed)}`);
    case "WORKSHOP_ENDED":
      return goTo(ask, `/join/ended?${new URLSearchParams({ code: typed.code })}`);
    case "NOT_FOUND":
      return refuse(ask, mode, typed, { code: message }, status);
    case "SESSION_NOT_FOUND":
      return refuse(ask, "reconnect", typed, { odehash: message }, status);
    case "INVALID_INPUT":
      return refuse(ask, mode, typed, fieldsOf(problem), status);
    case "RATE_LIMITED": {
      const wait = { bold: firstSentence(message)[0], seconds: problem.retryAfterSeconds ?? 60 };
      return refuse(ask, mode, typed, { wait }, status, problem.retryAfterSeconds);
    }
    case "NO_SEATS":
      if (problem.retryAfterSeconds) return goTo(ask, `/join/waiting?${new URLSearchParams(typed)}`);
      return inBanner(ask, mode, typed, problem);
    case "STATE_CONFLICT":
      return inBanner(ask, mode, typed, problem);
    default:
      throw problem;
  }
}

function inBanner(ask: Ask, mode: JoinProps["mode"], typed: Typed, { message, status }: Problem): Response {
  const [bold, rest] = firstSentence(message);
  return refuse(ask, mode, typed, { banner: { bold, rest } }, status);
}

/** Each problem at the field that it is about. */
function fieldsOf(problem: Problem): JoinProblem {
  if (!(problem instanceof InputProblem)) return { code: problem.message };
  const { code, name, odehash } = problem.fields;
  return { ...(code && { code }), ...(name && { name }), ...(odehash && { odehash }) };
}

function refuse(
  ask: Ask,
  mode: JoinProps["mode"],
  typed: Typed,
  problem: JoinProblem,
  status: number,
  retryAfterSeconds?: number,
): Response {
  const props: JoinProps = { mode, typed, problem, limits: { name: LEARNER_NAME_LIMIT } };
  return answer(ask, <Join {...props} />, <JoinDoor {...props} />, { status, retryAfterSeconds, door: true });
}

/** The code is right and the seats aren't ready; asked again every 2 s by the page itself. */
async function wait(ask: Ask): Promise<Response> {
  const typed = typedInAddress(ask);
  const found = await ask.services.seating.waiting(typed.code, callerOf(ask));
  if (!found) return goTo(ask, `/join?${new URLSearchParams({ code: typed.code })}`);
  if (found.door === "over") return goTo(ask, `/join/ended?${new URLSearchParams({ code: typed.code })}`);
  const begins = found.startsAt && found.startsAt > ask.now ? { startsAt: found.startsAt } : {};
  const props = {
    ...typed,
    workshop: found.name,
    door: found.door,
    seats: found.seats,
    full: found.full ?? false,
    now: ask.now,
    ...begins,
  };
  return answer(ask, <Waiting {...props} />, <WaitingDoor {...props} />, { door: true });
}

/** Learners' pages lead here without a code: the browser is known by its cookie. */
async function ended(ask: Ask): Promise<Response> {
  const { services, request } = ask;
  const browser = services.people.browserOf(request);
  const code = typedInAddress(ask).code || (browser && (await services.seating.ended(browser)));
  if (!code) return goTo(ask, "/join");
  const found = await services.seating.waiting(code, callerOf(ask));
  if (found?.door !== "over") return goTo(ask, `/join?${new URLSearchParams({ code })}`);
  const { name, endedAt, keptUntil, mine } = found;
  const when = { ...(endedAt ? { endedAt } : {}), ...(keptUntil ? { keptUntil } : {}) };
  const page = <Ended workshop={name} now={ask.now} {...when} {...(mine ? { mine } : {})} />;
  return answerPage(page, { door: true });
}

function typedInAddress({ url }: Ask): Typed {
  const value = (name: string, most: number) => (url.searchParams.get(name) ?? "").trim().slice(0, most);
  return {
    code: shownCode(value("code", TYPED_MOST).toUpperCase()),
    name: value("name", LEARNER_NAME_LIMIT),
    odehash: value("odehash", TYPED_MOST),
  };
}
