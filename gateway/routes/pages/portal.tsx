import { Problem } from "../../../agent/contract/errors.ts";
import { UPLOAD_LIMIT } from "../../../agent/contract/files.ts";
import { SEATS_LIMIT, SEATS_PER_MACHINE } from "../../../agent/contract/seats.ts";
import { whyNotPlain } from "../../../agent/definition/plain.ts";
import { NewWorkshop, NewWorkshopForm, type NewWorkshopProps } from "../../../views/pages/new-workshop.tsx";
import { Portal, WorkshopList } from "../../../views/pages/portal.tsx";
import { DefinitionFound } from "../../../views/parts/environment-field.tsx";
import type { WorkshopWish } from "../../services.ts";
import { BUILT_IN, checkedDefinition } from "../../workshops/definition.ts";
import { ARCHIVE_SHOWN } from "../../workshops/definitions.ts";
import { checkedWish, InputProblem } from "../../workshops/input.ts";
import { isZone } from "../../workshops/moments.ts";
import { starterProblem } from "../../workshops/starters.ts";
import { HOURS, NAME_LIMIT, SEATS_DEFAULT } from "../../workshops/workshop.ts";
import { definitionIn, environmentIn, fileText } from "../definition-form.ts";
import { timesIn } from "../typed-times.ts";
import { readUploadForm, type UploadedFile, type UploadForm } from "../upload.ts";
import { answer, answerPart, goTo } from "./answer.ts";
import { type Ask, type PageRoute, signedIn, text } from "./ask.ts";
import { costIn } from "./cost.tsx";
import { joinAddress } from "./present.ts";

export const portalRoutes: PageRoute[] = [
  { method: "GET", path: "/", handle: list },
  { method: "GET", path: "/workshops/new", handle: blank },
  { method: "POST", path: "/workshops", handle: make },
  { method: "POST", path: "/workshops/definition", handle: look },
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
  const typed = {
    name: "",
    seats: String(SEATS_DEFAULT),
    hours: String(HOURS.default),
    definition: "",
    smallSeats: false,
    ...NO_TIMES,
  };
  const props = await formProps(ask, { ...typed, environment: DEFAULT_NAME });
  return answer(ask, <NewWorkshop {...props} />, <NewWorkshopForm {...props} />);
}

async function make(ask: Ask): Promise<Response> {
  const { id: owner } = await signedIn(ask);
  await using form = await readUploadForm(ask.request);
  const { fields } = form;
  const typed = {
    name: text(fields, "name"),
    seats: text(fields, "seats"),
    hours: text(fields, "hours"),
    environment: environmentIn(form) ?? DEFAULT_NAME,
    definition: fileText(fields, "definition"),
    smallSeats: text(fields, "smallSeats") === "yes",
    ...timesIn(fields).typed,
  };
  const apiKey = text(fields, "apiKey");
  const starter = form.files.get("starter");
  const wish = await check(typed, apiKey, form);
  if (wish instanceof InputProblem) return refuse(ask, typed, wish, 422);
  try {
    const id = await create(ask, owner, wish, typed.zone, starter);
    return goTo(ask, `/workshops/${id}`);
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.status >= 500 || thrown.status === 401) throw thrown;
    return refuse(ask, typed, thrown, thrown.status);
  }
}

/** Starter files that are refused after all take the new workshop with them, so that the form can be sent again. */
async function create(
  ask: Ask,
  owner: string,
  wish: WorkshopWish,
  zone: string,
  file: UploadedFile | undefined,
): Promise<string> {
  const { workshops } = ask.services;
  const { id } = await workshops.create(owner, wish, zone);
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

const NO_TIMES = { startsAt: "", endsAt: "", zone: "UTC" };

const DEFAULT_NAME = BUILT_IN[0]?.environment.name ?? "";

type Typed = NewWorkshopProps["typed"];

/** What is wished, or all that is wrong with it at once, before anything is made. */
async function check(typed: Typed, apiKey: string, form: UploadForm): Promise<WorkshopWish | InputProblem> {
  const file = form.files.get("starter");
  const starter = file && (await fileProblem(file));
  const [definition, ambiguous] = ofForm(form);
  const { startsAt, endsAt, problems } = timesIn(form.fields);
  const raw = { ...rawWish(typed, apiKey, definition), ...(startsAt && { startsAt }), ...(endsAt && { endsAt }) };
  const found = await problemOf(raw, typed.zone);
  const fields = { ...found?.fields, ...ambiguous?.fields, ...(starter && { starter }), ...problems };
  return Object.keys(fields).length > 0 ? new InputProblem(fields, found?.problems) : (raw as unknown as WorkshopWish);
}

function ofForm(form: UploadForm): [definition?: WorkshopWish["definition"], problem?: InputProblem] {
  try {
    return [definitionIn(form)];
  } catch (thrown) {
    if (thrown instanceof InputProblem) return [undefined, thrown];
    throw thrown;
  }
}

async function problemOf(raw: Record<string, unknown>, zone: string): Promise<InputProblem | undefined> {
  try {
    await checkedWish(raw, isZone(zone) ? zone : undefined);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof InputProblem) return thrown;
    throw thrown;
  }
}

/** What the definition in the form installs, or what is wrong with it: asked for while the form is filled in. */
async function look(ask: Ask): Promise<Response> {
  await signedIn(ask);
  await using form = await readUploadForm(ask.request);
  const [definition, ambiguous] = ofForm(form);
  if (ambiguous) return answerPart(<DefinitionFound problem={ambiguous.message} lines={[]} />);
  const check = await checkedDefinition(definition);
  const { runtime } = await ask.services.workshops.fit(SEATS_DEFAULT);
  const unfit = runtime === "process" && !check.problems ? whyNotPlain(check.value.text) : undefined;
  if (unfit) return answerPart(<DefinitionFound problem={unfit} lines={[]} />);
  const found = check.problems ? { problem: check.problem } : { environment: check.value.environment };
  return answerPart(<DefinitionFound {...found} lines={check.problems ?? []} />);
}

async function fileProblem(file: UploadedFile): Promise<string | undefined> {
  return file.bytes > UPLOAD_LIMIT ? `${file.name} has more than ${UPLOAD_SHOWN}: make it smaller.` : starterProblem(file);
}

/** As typed: what isn't a number stays text, so that the sentence about it can quote it. */
function rawWish(
  { name, seats, hours, smallSeats }: Typed,
  apiKey: string,
  definition: WorkshopWish["definition"],
): Record<string, unknown> {
  return { name, seats: numeric(seats), apiKey, hours: numeric(hours), smallSeats, ...(definition && { definition }) };
}

const numeric = (typed: string): number | string => (/^\d{1,6}$/.test(typed) ? Number(typed) : typed);

async function refuse(ask: Ask, typed: Typed, problem: Problem, status: number): Promise<Response> {
  const props = await formProps(ask, typed, problem);
  return answer(ask, <NewWorkshop {...props} />, <NewWorkshopForm {...props} />, { status });
}

/** What is too small for a class is said before anything is typed: whoever reads it only afterwards types the key twice. */
async function formProps(ask: Ask, typed: Typed, problem?: Problem): Promise<NewWorkshopProps> {
  const seats = numeric(typed.seats);
  const isCount = typeof seats === "number" && seats >= 1 && seats <= SEATS_LIMIT;
  const { verdict, why } = await ask.services.workshops.fit(isCount ? seats : SEATS_DEFAULT);
  const cost = costIn(ask, typed);
  return {
    typed,
    ...problemsOf(problem),
    ...(cost !== undefined && { cost }),
    ...(verdict === "small" && why ? { small: why } : {}),
    builtIn: BUILT_IN,
    limits: {
      name: NAME_LIMIT,
      seats: SEATS_LIMIT,
      seatsPerMachine: SEATS_PER_MACHINE,
      hours: HOURS,
      starter: UPLOAD_SHOWN,
      archive: ARCHIVE_SHOWN,
    },
  };
}

function problemsOf(problem: Problem | undefined): Pick<NewWorkshopProps, "problems" | "lines"> {
  if (problem instanceof InputProblem) return { problems: problem.fields, lines: problem.problems };
  return { problems: problem ? { form: problem.message } : {}, lines: [] };
}
