import { Problem } from "../../../agent/contract/errors.ts";
import { isStarted, TimesForm, TimesPage, type TimesProps } from "../../../views/pages/times.tsx";
import type { ShownWorkshop } from "../../../views/workshop.ts";
import { InputProblem } from "../../workshops/input.ts";
import { localIn } from "../../workshops/moments.ts";
import { HOURS } from "../../workshops/workshop.ts";
import { type FormTimes, timesIn } from "../typed-times.ts";
import { answer, goTo } from "./answer.ts";
import { type Ask, type PageRoute, signedIn, smallForm, text } from "./ask.ts";
import { changed, find } from "./workshop.tsx";

export const timesRoutes: PageRoute[] = [
  { method: "GET", path: "/workshops/:id/times", handle: show },
  { method: "POST", path: "/workshops/:id/times", handle: change },
  { method: "POST", path: "/workshops/:id/by-hand", handle: byHand },
  { method: "POST", path: "/workshops/:id/extend", handle: extend },
];

async function show(ask: Ask): Promise<Response> {
  const workshop = await find(ask);
  if (isOver(workshop)) return goTo(ask, `/workshops/${workshop.id}`);
  const problems = ask.url.searchParams.has("start") ? whyNotStarted(workshop) : {};
  const props = { workshop, typed: asTyped(workshop), problems };
  return answer(ask, <TimesPage {...props} />, <TimesForm {...props} />);
}

/** Somebody pressed Start and couldn't. */
function whyNotStarted(workshop: ShownWorkshop): TimesProps["problems"] {
  const { plannedEnd, now } = workshop;
  if (isStarted(workshop) || !plannedEnd) return {};
  if (plannedEnd <= now) return { endsAt: "This time has passed. Choose a later one, or empty it; then start the class." };
  return {
    endsAt: `A class that starts now and ends then is too short, or longer than ${HOURS.most} hours. Choose another time; then start it.`,
  };
}

const isOver = ({ state }: ShownWorkshop): boolean => state === "stopping" || state === "stopped";

/** In UTC; the browser shows them by its own clock. */
function asTyped(workshop: ShownWorkshop): TimesProps["typed"] {
  const { startsAt, plannedEnd, endsAt } = workshop;
  const shown = (at: string | undefined) => (at === undefined ? "" : localIn(Date.parse(at), "UTC"));
  return { startsAt: shown(startsAt), endsAt: shown(isStarted(workshop) ? endsAt : plannedEnd), zone: "UTC" };
}

async function change(ask: Ask): Promise<Response> {
  const [{ id: owner }, workshop] = [await signedIn(ask), await find(ask)];
  const times = timesIn(await smallForm(ask.request));
  try {
    await move(ask, owner, workshop, times);
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.status >= 500) throw thrown;
    const problems = thrown instanceof InputProblem ? thrown.fields : { form: thrown.message };
    const props = { workshop, typed: times.typed, problems };
    return answer(ask, <TimesPage {...props} />, <TimesForm {...props} />, { status: 422 });
  }
  return goTo(ask, `/workshops/${workshop.id}`);
}

async function move(ask: Ask, owner: string, workshop: ShownWorkshop, times: FormTimes): Promise<void> {
  const { workshops } = ask.services;
  const { typed, startsAt, endsAt, problems } = times;
  if (Object.keys(problems).length > 0) throw new InputProblem(problems);
  if (!isStarted(workshop)) await workshops.schedule(owner, workshop.id, { startsAt, endsAt }, typed.zone);
  else if (endsAt !== null) await workshops.extend(owner, workshop.id, endsAt, typed.zone);
  else throw new InputProblem({ endsAt: "The class needs an end. To end it now, stop the workshop." });
}

async function byHand(ask: Ask): Promise<Response> {
  const { id: owner } = await signedIn(ask);
  await ask.services.workshops.schedule(owner, ask.params.id ?? "", { startsAt: null });
  return changed(ask);
}

/** A button of the page, which knows the end that it leads to. What it can't do, the form says. */
async function extend(ask: Ask): Promise<Response> {
  const { id: owner } = await signedIn(ask);
  const id = ask.params.id ?? "";
  try {
    await ask.services.workshops.extend(owner, id, text(await smallForm(ask.request), "endsAt"));
  } catch (thrown) {
    if (thrown instanceof InputProblem) return goTo(ask, `/workshops/${id}/times`);
    throw thrown;
  }
  return changed(ask);
}
