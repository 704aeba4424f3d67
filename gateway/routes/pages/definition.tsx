import { Problem } from "../../../agent/contract/errors.ts";
import { DefinitionEditing, DefinitionPage, type DefinitionProps } from "../../../views/pages/definition.tsx";
import { DefinitionFound } from "../../../views/parts/environment-field.tsx";
import { RefreshPlanCard } from "../../../views/parts/refresh-plan.tsx";
import type { ShownWorkshop } from "../../../views/workshop.ts";
import { ARCHIVE_SHOWN } from "../../workshops/definitions.ts";
import { InputProblem } from "../../workshops/input.ts";
import { editedIn, fileText } from "../definition-form.ts";
import { readUploadForm, type UploadForm } from "../upload.ts";
import { answer, answerPart, goTo } from "./answer.ts";
import { type Ask, type PageRoute, signedIn, text, wantsPart } from "./ask.ts";
import { find } from "./workshop.tsx";

export const definitionRoutes: PageRoute[] = [
  { method: "GET", path: "/workshops/:id/definition", handle: show },
  { method: "POST", path: "/workshops/:id/definition", handle: save },
  { method: "POST", path: "/workshops/:id/definition/look", handle: look },
  { method: "GET", path: "/workshops/:id/plan", handle: plan },
];

async function show(ask: Ask): Promise<Response> {
  const workshop = await find(ask);
  if (isOver(workshop)) return goTo(ask, `/workshops/${workshop.id}`);
  const saved = ask.url.searchParams.has("saved");
  return answerWith(ask, await propsOf(ask, workshop, saved ? { saved } : {}));
}

const isOver = ({ state }: ShownWorkshop): boolean => state === "stopping" || state === "stopped";

async function save(ask: Ask): Promise<Response> {
  const [{ id: owner }, workshop] = [await signedIn(ask), await find(ask)];
  await using form = await readUploadForm(ask.request);
  try {
    await put(ask, owner, workshop.id, form);
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.status >= 500 || thrown.status === 401) throw thrown;
    const typed = { text: fileText(form.fields, "definition"), ...whyRefused(thrown) };
    return answerWith(ask, await propsOf(ask, workshop, typed), thrown.status);
  }
  if (!wantsPart(ask)) return goTo(ask, `/workshops/${workshop.id}/definition?saved`);
  return answerWith(ask, await propsOf(ask, workshop, { saved: true }));
}

async function put({ services }: Ask, owner: string, id: string, form: UploadForm): Promise<void> {
  const kept = await services.definitions.find(owner, id);
  await services.definitions.replace(owner, id, {
    definition: editedIn(form, kept.text),
    from: text(form.fields, "from") || undefined,
  });
}

function whyRefused(thrown: Problem): Pick<DefinitionProps, "problem" | "lines" | "moved"> {
  if (thrown.code === "CONFLICT") return { moved: thrown.message };
  return { problem: thrown.message, lines: thrown instanceof InputProblem ? thrown.problems : [] };
}

/** What the definition in the form would install, or what is wrong with it: asked for while it is typed. */
async function look(ask: Ask): Promise<Response> {
  const { id: owner } = await signedIn(ask);
  const id = ask.params.id ?? "";
  await using form = await readUploadForm(ask.request);
  const kept = await ask.services.definitions.find(owner, id);
  try {
    const environment = await ask.services.definitions.look(owner, id, editedIn(form, kept.text));
    return answerPart(<DefinitionFound environment={environment} lines={[]} />);
  } catch (thrown) {
    if (!(thrown instanceof InputProblem)) throw thrown;
    return answerPart(<DefinitionFound problem={thrown.message} lines={thrown.problems} />);
  }
}

async function plan(ask: Ask): Promise<Response> {
  const [{ id: owner }, workshop] = [await signedIn(ask), await find(ask)];
  if (!wantsPart(ask) || workshop.state !== "running") return goTo(ask, `/workshops/${workshop.id}/definition`);
  return answerPart(<RefreshPlanCard workshop={workshop} plan={await ask.services.definitions.plan(owner, workshop.id)} />);
}

async function propsOf(ask: Ask, workshop: ShownWorkshop, more: Partial<DefinitionProps> = {}): Promise<DefinitionProps> {
  const { id: owner } = await signedIn(ask);
  const { definitions } = ask.services;
  const definition = await definitions.find(owner, workshop.id);
  const plan = workshop.state === "running" ? await definitions.plan(owner, workshop.id) : undefined;
  return { workshop, definition, text: definition.text, limit: ARCHIVE_SHOWN, ...(plan && { plan }), ...more };
}

const answerWith = (ask: Ask, props: DefinitionProps, status = 200): Response =>
  answer(ask, <DefinitionPage {...props} />, <DefinitionEditing {...props} />, { status });
