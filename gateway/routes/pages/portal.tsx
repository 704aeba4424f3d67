import { Problem } from "../../../agent/contract/errors.ts";
import {
  NewWorkshop,
  type NewWorkshopField,
  NewWorkshopForm,
  type NewWorkshopProps,
} from "../../../views/pages/new-workshop.tsx";
import { Portal, WorkshopList } from "../../../views/pages/portal.tsx";
import { bytes } from "../../../views/parts/amounts.ts";
import type { WorkshopWish } from "../../desk.ts";
import { HOURS, KEY_LEAST, KEY_MOST, NAME_LIMIT, SEATS_LIMIT } from "../../workshops/workshop.ts";
import { answer, goTo } from "./answer.ts";
import { type Ask, type PageRoute, signedIn, text } from "./ask.ts";
import { joinAddress, presentLine } from "./present.ts";
import { looksLikeArchive } from "./starter.ts";

export const portalRoutes: PageRoute[] = [
  { method: "GET", path: "/", handle: list },
  { method: "GET", path: "/workshops/new", handle: blank },
  { method: "POST", path: "/workshops", handle: make },
];

async function list(ask: Ask): Promise<Response> {
  const { id } = await signedIn(ask);
  const views = await ask.desk.workshops.list(id);
  const props = {
    workshops: views.map((view) => presentLine(view, ask.settings.url, ask.now)),
    joinAddress: joinAddress(ask.settings.url),
    now: ask.now,
  };
  return answer(ask, <Portal {...props} />, <WorkshopList {...props} />);
}

async function blank(ask: Ask): Promise<Response> {
  await signedIn(ask);
  const typed = { name: "", seats: String(SEATS_LIMIT), hours: String(HOURS.default), definition: "" };
  const props = formProps(ask, typed, {});
  return answer(ask, <NewWorkshop {...props} />, <NewWorkshopForm {...props} />);
}

async function make(ask: Ask): Promise<Response> {
  const { id: owner } = await signedIn(ask);
  const form = await readForm(ask.request);
  const typed = {
    name: text(form, "name"),
    seats: text(form, "seats"),
    hours: text(form, "hours"),
    definition: text(form, "definition"),
  };
  const file = fileOf(form);
  const problems = await check(typed, text(form, "apiKey"), file, ask.settings.starterMost);
  if (Object.keys(problems).length > 0) return refuse(ask, typed, problems);
  try {
    const id = await create(ask, owner, wishOf(typed, text(form, "apiKey")), file);
    return goTo(ask, `/workshops/${id}`);
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.status >= 500 || thrown.status === 401) throw thrown;
    return refuse(ask, typed, fieldsOf(thrown) ?? { form: thrown.message }, thrown.status);
  }
}

/** Starter files that are refused after all take the new workshop with them, so that the form can be sent again. */
async function create(ask: Ask, owner: string, wish: WorkshopWish, file: File | undefined): Promise<string> {
  const { workshops } = ask.desk;
  const { id } = await workshops.create(owner, wish);
  if (!file) return id;
  try {
    await workshops.putStarter(owner, id, { name: file.name, body: file.stream() });
    return id;
  } catch (cause) {
    await workshops.stop(owner, id, { keepWork: false });
    if (!(cause instanceof Problem)) throw cause;
    throw Object.assign(new Problem(cause.code, cause.message, { cause }), { fields: { starter: cause.message } });
  }
}

type Typed = NewWorkshopProps["typed"];
type Problems = NewWorkshopProps["problems"];

/** What a glance shows to be wrong, all fields at once; the rest is the desk's to refuse. */
async function check(typed: Typed, apiKey: string, file: File | undefined, starterMost: number): Promise<Problems> {
  const problems: Problems = {};
  if (!typed.name) problems.name = "A workshop needs a name: learners see it on their page.";
  else if (typed.name.length > NAME_LIMIT)
    problems.name = `This name has ${typed.name.length} characters: use at most ${NAME_LIMIT}.`;
  const seats = range("seats", typed.seats, 1, SEATS_LIMIT);
  if (seats) problems.seats = seats;
  const hours = range("hours", typed.hours, HOURS.least, HOURS.most);
  if (hours) problems.hours = hours;
  const key = keyProblem(apiKey);
  if (key) problems.apiKey = key;
  const starter = file && (await starterProblem(file, starterMost));
  if (starter) problems.starter = starter;
  return problems;
}

function range(what: string, typed: string, least: number, most: number): string | undefined {
  if (!/^\d{1,6}$/.test(typed))
    return typed
      ? `“${typed.slice(0, 20)}” is no number: use ${least} to ${most}.`
      : `How many ${what}? Use ${least} to ${most}.`;
  const number = Number(typed);
  if (number < least) return `${number} is too few: use ${least} to ${most}.`;
  return number > most ? `${number} is too many: use ${least} to ${most}.` : undefined;
}

function keyProblem(key: string): string | undefined {
  if (!key) return "The seats need an LLM API key: paste the one you made for this class.";
  if (key.length >= KEY_LEAST && key.length <= KEY_MOST) return undefined;
  const bound = key.length < KEY_LEAST ? `${KEY_LEAST} or more` : `at most ${KEY_MOST}`;
  return `This key is ${key.length} characters long; keys have ${bound}. Copy it again from where you made it.`;
}

async function starterProblem(file: File, most: number): Promise<string | undefined> {
  if (file.size > most) return `${file.name} has ${bytes(file.size)}: use at most ${bytes(most)}.`;
  if (await looksLikeArchive(file)) return undefined;
  return `${file.name} is no .zip, .tar or .tar.gz: pack the files again as one of these.`;
}

function wishOf(typed: Typed, apiKey: string): WorkshopWish {
  const { name, definition } = typed;
  return { name, apiKey, seats: Number(typed.seats), hours: Number(typed.hours), ...(definition ? { definition } : {}) };
}

function refuse(ask: Ask, typed: Typed, problems: Problems, status = 422): Response {
  const props = formProps(ask, typed, problems);
  return answer(ask, <NewWorkshop {...props} />, <NewWorkshopForm {...props} />, { status });
}

const formProps = (ask: Ask, typed: Typed, problems: Problems): NewWorkshopProps => ({
  typed,
  problems,
  limits: { name: NAME_LIMIT, seats: SEATS_LIMIT, hours: HOURS, starter: bytes(ask.settings.starterMost) },
});

/** A problem may name the fields it is about. */
function fieldsOf(problem: Problem): Problems | undefined {
  const { fields } = problem as Problem & { fields?: Partial<Record<NewWorkshopField, string>> };
  return fields && Object.keys(fields).length > 0 ? fields : undefined;
}

/** @throws INVALID_INPUT */
async function readForm(request: Request): Promise<FormData> {
  try {
    return (await request.formData()) as FormData;
  } catch (cause) {
    throw new Problem("INVALID_INPUT", "The form did not arrive whole. Go back and send it again.", { cause });
  }
}

/** A form without a chosen file sends one without a name. */
function fileOf(form: FormData): File | undefined {
  const file = form.get("starter");
  return file instanceof File && file.size > 0 ? file : undefined;
}
