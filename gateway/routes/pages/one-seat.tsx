import { Problem } from "../../../agent/contract/errors.ts";
import { SeatLive, SeatPage, type SeatPageProps } from "../../../views/pages/seat.tsx";
import type { Said } from "../../../views/parts/banner.tsx";
import { seatOf } from "../answers.ts";
import { answer, goTo } from "./answer.ts";
import { type Ask, type PageRoute, signedIn, smallForm, text } from "./ask.ts";
import { isRefusal, SAID_NOTHING, sayAs } from "./said.ts";
import { find, seatIn } from "./workshop.tsx";

export const oneSeatRoutes: PageRoute[] = [
  { method: "GET", path: "/workshops/:id/seats", handle: choose },
  { method: "GET", path: "/workshops/:id/seats/:seat", handle: (ask) => showSeat(ask) },
  { method: "POST", path: "/workshops/:id/seats/:seat/connections", handle: connect },
];

/** Where the form of the workshop's page leads. */
async function choose(ask: Ask): Promise<Response> {
  await signedIn(ask);
  return goTo(ask, `/workshops/${ask.params.id}/seats/${seatOf(ask.url.searchParams.get("seat") ?? "")}`);
}

/** @param said what stays above it */
export async function showSeat(ask: Ask, said?: Said, status = 200): Promise<Response> {
  const workshop = await find(ask);
  if (workshop.state !== "running") return goTo(ask, `/workshops/${workshop.id}`);
  const seat = seatIn(workshop, ask.params.seat);
  const props = { workshop, seat, connections: await connectionsOf(ask, seat.seat) };
  return answer(ask, <SeatPage {...props} said={said} />, <SeatLive {...props} />, { status });
}

/** A machine that can't tell them says why; all else of the page stands. */
async function connectionsOf(ask: Ask, seat: number): Promise<SeatPageProps["connections"]> {
  const { id: owner } = await signedIn(ask);
  try {
    return await ask.services.renewals.connections(owner, ask.params.id ?? "", seat);
  } catch (thrown) {
    if (isRefusal(thrown)) return { why: thrown.message };
    throw thrown;
  }
}

async function connect(ask: Ask): Promise<Response> {
  const { id: owner } = await signedIn(ask);
  const { id = "" } = ask.params;
  const form = await smallForm(ask.request);
  const [seat, action] = [seatOf(ask.params.seat), text(form, "action")];
  if (action !== "connect" && action !== "disconnect")
    throw new Problem("INVALID_INPUT", `Ends are connected or disconnected; “${action.slice(0, 20)}” is neither.`);
  try {
    const [plug = "", slot = ""] = text(form, "pair").split(" ");
    const wish = { action, plug, slot } as const;
    const { changes } = await ask.services.renewals.connect(owner, id, seat, wish);
    return changes.length > 0 ? goTo(ask, `/workshops/${id}/seats/${seat}`) : showSeat(ask, SAID_NOTHING);
  } catch (thrown) {
    if (isRefusal(thrown)) return showSeat(ask, sayAs("bad", thrown.message), thrown.status);
    throw thrown;
  }
}
