import { PERMISSIONS, type Permissions } from "../../../agent/contract/llm.ts";
import { ClaudePage, type ClaudeTyped } from "../../../views/pages/claude.tsx";
import { WorkshopLive } from "../../../views/pages/workshop.tsx";
import { trialSentence } from "../../../views/parts/llm-key.tsx";
import type { ShownWorkshop } from "../../../views/workshop.ts";
import { InputProblem } from "../../workshops/input.ts";
import { seatOf } from "../answers.ts";
import { answerPage, answerPart, answerText, goTo } from "./answer.ts";
import { type Ask, type PageRoute, signedIn, smallForm, text, wantsPart } from "./ask.ts";
import { find } from "./workshop.tsx";

export const llmRoutes: PageRoute[] = [
  { method: "POST", path: "/workshops/key-trial", handle: tryKey },
  { method: "GET", path: "/workshops/:id/claude", handle: show },
  { method: "POST", path: "/workshops/:id/claude", handle: change },
  { method: "POST", path: "/workshops/:id/claude/key", handle: replaceKey },
  { method: "POST", path: "/workshops/:id/claude/pause", handle: (ask) => pauseAll(ask, true) },
  { method: "POST", path: "/workshops/:id/claude/resume", handle: (ask) => pauseAll(ask, false) },
  { method: "POST", path: "/workshops/:id/claude/seats/:seat/pause", handle: (ask) => pauseSeat(ask, true) },
  { method: "POST", path: "/workshops/:id/claude/seats/:seat/resume", handle: (ask) => pauseSeat(ask, false) },
  { method: "POST", path: "/workshops/:id/claude/seats/:seat/top-up", handle: topUp },
];

/** Beside the field that a key is typed in. */
async function tryKey(ask: Ask): Promise<Response> {
  await signedIn(ask);
  const form = await smallForm(ask.request);
  return answerText(trialSentence(await ask.services.llm.try(text(form, "apiKey"))));
}

async function show(ask: Ask): Promise<Response> {
  const workshop = await find(ask);
  if (isOver(workshop)) return goTo(ask, `/workshops/${workshop.id}`);
  return answerPage(<ClaudePage workshop={workshop} typed={asTyped(workshop)} problems={{}} />);
}

const isOver = ({ state }: ShownWorkshop): boolean => state === "stopping" || state === "stopped";

function asTyped({ llm }: ShownWorkshop): ClaudeTyped {
  const own = llm.seats.filter(({ limitUsd }) => limitUsd !== llm.seatUsd);
  return {
    workshopUsd: llm.workshopUsd === null ? "" : String(llm.workshopUsd),
    seatUsd: String(llm.seatUsd),
    models: llm.models?.join("\n") ?? "",
    permissions: llm.permissions,
    limits: Object.fromEntries(own.map(({ seat, limitUsd }) => [seat, String(limitUsd)])),
  };
}

async function change(ask: Ask): Promise<Response> {
  const [{ id: owner }, workshop] = [await signedIn(ask), await find(ask)];
  const form = await smallForm(ask.request);
  const limits = workshop.seats.map(({ seat }) => [seat, text(form, `limit-${seat}`)] as const);
  const typed: ClaudeTyped = {
    workshopUsd: text(form, "workshopUsd"),
    seatUsd: text(form, "seatUsd"),
    models: text(form, "models"),
    permissions: text(form, "permissions"),
    limits: Object.fromEntries(limits),
  };
  try {
    await ask.services.llm.change(owner, workshop.id, patchOf(typed));
  } catch (thrown) {
    if (!(thrown instanceof InputProblem)) throw thrown;
    const problems = byField(thrown.fields);
    return answerPage(<ClaudePage workshop={workshop} typed={typed} problems={problems} />, { status: 422 });
  }
  return goTo(ask, `/workshops/${workshop.id}`);
}

/** What isn't a number stays text, so that the sentence about it can quote it. */
function patchOf({ workshopUsd, seatUsd, models, permissions, limits }: ClaudeTyped): Record<string, unknown> {
  const named = models.split(/[\s,]+/).filter((name) => name !== "");
  return {
    workshopUsd: workshopUsd === "" ? null : numeric(workshopUsd),
    seatUsd: numeric(seatUsd),
    models: named.length > 0 ? named : null,
    permissions: PERMISSIONS.find((one): one is Permissions => one === permissions) ?? permissions,
    seats: Object.entries(limits).map(([seat, limit]) => ({
      seat: Number(seat),
      limitUsd: limit === "" ? null : numeric(limit),
    })),
  };
}

/** `2.50`, `2,50`, `$2.50`. */
function numeric(typed: string): number | string {
  const plain = typed.replace(/^\$\s*/, "").replace(",", ".");
  return /^\d{1,9}(\.\d{1,6})?$/.test(plain) ? Number(plain) : typed;
}

/** The API's names of fields, as the form's: `seats[3].limitUsd` is the fourth seat's. */
function byField(fields: Readonly<Record<string, string>>): Record<string, string> {
  const named = Object.entries(fields).map(([name, sentence]) => {
    const at = /^seats\[(\d+)\]/.exec(name)?.[1];
    return [at === undefined ? name : `limit-${Number(at) + 1}`, inForm(sentence)];
  });
  return Object.fromEntries(named);
}

const inForm = (sentence: string): string =>
  sentence.replace(/^\S+ is /, "This is ").replace("or null for none", "or leave it empty");

async function replaceKey(ask: Ask): Promise<Response> {
  const [{ id: owner }, workshop] = [await signedIn(ask), await find(ask)];
  const form = await smallForm(ask.request);
  try {
    await ask.services.llm.replaceKey(owner, workshop.id, text(form, "apiKey"));
  } catch (thrown) {
    if (!(thrown instanceof InputProblem)) throw thrown;
    return answerPage(<ClaudePage workshop={workshop} typed={asTyped(workshop)} problems={thrown.fields} />, { status: 422 });
  }
  return goTo(ask, `/workshops/${workshop.id}`);
}

async function pauseAll(ask: Ask, paused: boolean): Promise<Response> {
  const { id: owner } = await signedIn(ask);
  await ask.services.llm.change(owner, ask.params.id ?? "", { paused });
  return back(ask);
}

async function pauseSeat(ask: Ask, paused: boolean): Promise<Response> {
  const { id: owner } = await signedIn(ask);
  await ask.services.llm.change(owner, ask.params.id ?? "", { seats: [{ seat: seatOf(ask.params.seat), paused }] });
  return back(ask);
}

async function topUp(ask: Ask): Promise<Response> {
  const { id: owner } = await signedIn(ask);
  await ask.services.llm.topUp(owner, ask.params.id ?? "", seatOf(ask.params.seat));
  return back(ask);
}

async function back(ask: Ask): Promise<Response> {
  if (!wantsPart(ask)) return goTo(ask, `/workshops/${ask.params.id}`);
  return answerPart(<WorkshopLive workshop={await find(ask)} />);
}
