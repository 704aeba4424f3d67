import type { VNode } from "preact";
import { BoardLive, BoardPage } from "../../../views/pages/board.tsx";
import { WorkshopLive, WorkshopPage } from "../../../views/pages/workshop.tsx";
import type { ShownWorkshop } from "../../../views/workshop.ts";
import { answer, answerPage, answerPart, goTo } from "./answer.ts";
import { type Ask, type PageRoute, signedIn, wantsPart } from "./ask.ts";
import { liveStream } from "./live.ts";
import { present } from "./present.ts";

export const workshopRoutes: PageRoute[] = [
  { method: "GET", path: "/workshops/:id", handle: show },
  { method: "GET", path: "/workshops/:id/board", handle: board },
  { method: "GET", path: "/workshops/:id/board/events", handle: (ask) => live(ask, BoardLive) },
  { method: "GET", path: "/workshops/:id/events", handle: (ask) => live(ask, WorkshopLive) },
  { method: "POST", path: "/workshops/:id/start", handle: start },
];

async function show(ask: Ask): Promise<Response> {
  const workshop = await find(ask);
  return answer(ask, <WorkshopPage workshop={workshop} />, <WorkshopLive workshop={workshop} />);
}

/** A code that lets nobody in isn't put on a wall. */
async function board(ask: Ask): Promise<Response> {
  const workshop = await find(ask);
  if (workshop.state !== "running") return goTo(ask, `/workshops/${workshop.id}`);
  return answerPage(<BoardPage workshop={workshop} />);
}

/** A live part, whole, at once and after every change. */
async function live(ask: Ask, Part: (props: { workshop: ShownWorkshop }) => VNode): Promise<Response> {
  const { id: owner } = await signedIn(ask);
  const gone = new AbortController();
  const views = ask.services.workshops.watch(owner, ask.params.id ?? "", gone.signal);
  const first = await views.next();
  ask.keepOpen();
  return liveStream(first, views, gone, (view) => <Part workshop={present(view, ask.settings.url, new Date().toISOString())} />);
}

async function start(ask: Ask): Promise<Response> {
  const { id: owner } = await signedIn(ask);
  const id = ask.params.id ?? "";
  await ask.services.workshops.start(owner, id);
  if (!wantsPart(ask)) return goTo(ask, `/workshops/${id}`);
  return answerPart(<WorkshopLive workshop={await find(ask)} />);
}

/** @throws UNAUTHORIZED, NOT_FOUND */
export async function find(ask: Ask) {
  const { id: owner } = await signedIn(ask);
  return present(await ask.services.workshops.find(owner, ask.params.id ?? ""), ask.settings.url, ask.now);
}
