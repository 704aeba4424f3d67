import { CHANGE_ID } from "../../../agent/contract/changes.ts";
import { Problem } from "../../../agent/contract/errors.ts";
import { type Ask, type PageRoute, signedIn } from "./ask.ts";

export const logRoutes: PageRoute[] = [
  { method: "GET", path: "/workshops/:id/machines/:index/tasks/:change/:task/log", handle: show },
];

/** What a program in a seat or builder wrote is text and nothing else, whatever a browser would make of it. */
const HEADERS = {
  "content-type": "text/plain; charset=utf-8",
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; sandbox",
  "cache-control": "no-store",
};

async function show(ask: Ask): Promise<Response> {
  const { id: owner } = await signedIn(ask);
  const { id = "", index = "", change = "", task = "" } = ask.params;
  if (![index, change, task].every((number) => CHANGE_ID.test(number)))
    throw new Problem("NOT_FOUND", "Machines, changes and tasks are numbered from 1.");
  const body = await ask.services.workshops.taskLog(owner, id, { machine: Number(index), change, task });
  return new Response(body as BodyInit, { headers: HEADERS });
}
