import { Problem } from "../../../agent/contract/errors.ts";
import { UPLOAD_LIMIT } from "../../../agent/contract/files.ts";
import { NewWorkshop, NewWorkshopForm, type NewWorkshopProps } from "../../../views/pages/new-workshop.tsx";
import { Portal, WorkshopList } from "../../../views/pages/portal.tsx";
import type { WorkshopWish } from "../../services.ts";
import { checkedWish, InputProblem } from "../../workshops/input.ts";
import { starterProblem } from "../../workshops/starters.ts";
import { HOURS, NAME_LIMIT, SEATS_LIMIT } from "../../workshops/workshop.ts";
import { answer, goTo } from "./answer.ts";
import { type Ask, fileText, type PageRoute, signedIn, text } from "./ask.ts";
import { joinAddress } from "./present.ts";
import { readUploadForm, type UploadedFile } from "./upload.ts";

export const portalRoutes: PageRoute[] = [
  { method: "GET", path: "/", handle: list },
  { method: "GET", path: "/workshops/new", handle: blank },
  { method: "POST", path: "/workshops", handle: make },
];

async function list(ask: Ask): Promise<Response> {
  const { id } = await signedIn(ask);
  const props = {
    workshops: await ask.services.workshops.list(id),
    joinAddress: joinAddress(ask.settings.url),
    now: ask.now,
  };
  return answer(ask, <Portal {...props} />, <WorkshopList {...props} />);
}

async function blank(ask: Ask): Promise<Response> {
  await signedIn(ask);
  const typed = { name: "", seats: String(SEATS_LIMIT), hours: String(HOURS.default), definition: "", smallSeats: false };
  const props = await formProps(ask, typed);
  return answer(ask, <NewWorkshop {...props} />, <NewWorkshopForm {...props} />);
}

async function make(ask: Ask): Promise<Response> {
  const { id: owner } = await signedIn(ask);
  await using form = await readUploadForm(ask.request);
  const { fields, file } = form;
  const typed = {
    name: text(fields, "name"),
    seats: text(fields, "seats"),
    hours: text(fields, "hours"),
    definition: fileText(fields, "definition"),
    smallSeats: text(fields, "smallSeats") === "yes",
  };
  const apiKey = text(fields, "apiKey");
  const wish = await check(typed, apiKey, file);
  if (wish instanceof InputProblem) return refuse(ask, typed, wish, 422);
  try {
    const id = await create(ask, owner, wish, file);
    return goTo(ask, `/workshops/${id}`);
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.status >= 500 || thrown.status === 401) throw thrown;
    return refuse(ask, typed, thrown, thrown.status);
  }
}

/** Starter files that are refused after all take the new workshop with them, so that the form can be sent again. */
async function create(ask: Ask, owner: string, wish: WorkshopWish, file: UploadedFile | undefined): Promise<string> {
  const { workshops } = ask.services;
  const { id } = await workshops.create(owner, wish);
  if (!file) return id;
  try {
    await workshops.putStarter(owner, id, { name: file.name, body: Bun.file(file.path).stream() });
    return id;
  } catch (cause) {
    await workshops.stop(owner, id, { keepWork: false });
    if (!(cause instanceof Problem)) throw cause;
    throw new InputProblem({ starter: cause.message });
  }
}

/** As the upload's own refusal says it. */
const UPLOAD_SHOWN = `${UPLOAD_LIMIT / 1024 ** 2} MB`;

type Typed = NewWorkshopProps["typed"];

/** The wish as it will be kept, or all that is wrong with it at once, before anything is made. */
async function check(typed: Typed, apiKey: string, file: UploadedFile | undefined): Promise<WorkshopWish | InputProblem> {
  const starter = file && (await fileProblem(file));
  const wish = wishOrProblem(rawWish(typed, apiKey));
  if (!starter) return wish;
  return wish instanceof InputProblem
    ? new InputProblem({ ...wish.fields, starter }, wish.problems)
    : new InputProblem({ starter });
}

function wishOrProblem(raw: Record<string, unknown>): WorkshopWish | InputProblem {
  try {
    return checkedWish(raw);
  } catch (thrown) {
    if (thrown instanceof InputProblem) return thrown;
    throw thrown;
  }
}

async function fileProblem(file: UploadedFile): Promise<string | undefined> {
  return file.bytes > UPLOAD_LIMIT ? `${file.name} has more than ${UPLOAD_SHOWN}: make it smaller.` : starterProblem(file);
}

/** As typed: what isn't a number stays text, so that the sentence about it can quote it. */
function rawWish({ name, seats, hours, definition, smallSeats }: Typed, apiKey: string): Record<string, unknown> {
  return { name, apiKey, smallSeats, seats: numeric(seats), hours: numeric(hours), ...(definition ? { definition } : {}) };
}

const numeric = (typed: string): number | string => (/^\d{1,6}$/.test(typed) ? Number(typed) : typed);

async function refuse(ask: Ask, typed: Typed, problem: Problem, status: number): Promise<Response> {
  const props = await formProps(ask, typed, problem);
  return answer(ask, <NewWorkshop {...props} />, <NewWorkshopForm {...props} />, { status });
}

/** What is too small for a class is said before anything is typed: whoever reads it only afterwards types the key twice. */
async function formProps({ services }: Ask, typed: Typed, problem?: Problem): Promise<NewWorkshopProps> {
  const { verdict, why } = await services.workshops.fit(SEATS_LIMIT);
  return {
    typed,
    ...problemsOf(problem),
    ...(verdict === "small" && why ? { small: why } : {}),
    limits: { name: NAME_LIMIT, seats: SEATS_LIMIT, hours: HOURS, starter: UPLOAD_SHOWN },
  };
}

function problemsOf(problem: Problem | undefined): Pick<NewWorkshopProps, "problems" | "lines"> {
  if (problem instanceof InputProblem) return { problems: problem.fields, lines: problem.problems };
  return { problems: problem ? { form: problem.message } : {}, lines: [] };
}
