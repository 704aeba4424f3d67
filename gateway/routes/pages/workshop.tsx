import type { VNode } from "preact";
import { Problem } from "../../../agent/contract/errors.ts";
import { BoardLive, BoardPage } from "../../../views/pages/board.tsx";
import { WorkshopLive, WorkshopPage } from "../../../views/pages/workshop.tsx";
import { two } from "../../../views/parts/amounts.ts";
import type { SeatView, ShownWorkshop } from "../../../views/workshop.ts";
import { seatOf } from "../answers.ts";
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
  if (wantsPart(ask)) return answerPart(<BoardLive workshop={workshop} />);
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
  try {
    await ask.services.workshops.start(owner, id);
  } catch (thrown) {
    // With the end that it has there would be no class: that is changed where times are.
    if (thrown instanceof Problem && thrown.code === "STATE_CONFLICT") return goTo(ask, `/workshops/${id}/times?start`);
    if (thrown instanceof Problem && thrown.code === "NO_MACHINES" && wantsPart(ask))
      return answerPart(<WorkshopLive workshop={await find(ask)} refused={thrown.message} />, { status: thrown.status });
    throw thrown;
  }
  return changed(ask);
}

/** The page as it is by now, after a button of it did something. */
export async function changed(ask: Ask): Promise<Response> {
  if (!wantsPart(ask)) return goTo(ask, `/workshops/${ask.params.id}`);
  return answerPart(<WorkshopLive workshop={await find(ask)} />);
}

/** @throws UNAUTHORIZED, NOT_FOUND */
export async function find(ask: Ask) {
  const { id: owner } = await signedIn(ask);
  return present(await ask.services.workshops.find(owner, ask.params.id ?? ""), ask.settings.url, ask.now);
}

/** @param text of the address @throws NOT_FOUND */
export function seatIn({ seats }: Pick<ShownWorkshop, "seats">, text: string | undefined): SeatView {
  const number = seatOf(text);
  const seat = seats.find((one) => one.seat === number);
  if (seat) return seat;
  throw new Problem("NOT_FOUND", `There is no seat ${two(number)}; the workshop has seats 01 to ${two(seats.length)}.`);
}
