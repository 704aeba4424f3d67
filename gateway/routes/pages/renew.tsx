import { Problem } from "../../../agent/contract/errors.ts";
import { QuestionPage } from "../../../views/pages/question.tsx";
import { WorkshopPage } from "../../../views/pages/workshop.tsx";
import { seatList, two } from "../../../views/parts/amounts.ts";
import { type Said, SaidBanner } from "../../../views/parts/banner.tsx";
import { ASKING } from "../../../views/parts/renew.tsx";
import { RenewQuestion, type RenewQuestionOf } from "../../../views/parts/renew-question.tsx";
import { type Asked, RENEWAL_ACTIONS, type RenewalAction } from "../../services.ts";
import { seatOf } from "../answers.ts";
import { answer, answerPage, answerPart, goTo } from "./answer.ts";
import { type Ask, type PageRoute, signedIn, smallForm, text, wantsPart } from "./ask.ts";
import { showSeat } from "./one-seat.tsx";
import { isRefusal, SAID_NOTHING, sayAs } from "./said.ts";
import { find, seatIn } from "./workshop.tsx";

export const renewRoutes: PageRoute[] = [
  ...ASKING.map(
    (action): PageRoute => ({
      method: "GET",
      path: `/workshops/:id/seats/:seat/${action}`,
      handle: (ask) => question(ask, action),
    }),
  ),
  ...RENEWAL_ACTIONS.map(
    (action): PageRoute => ({
      method: "POST",
      path: `/workshops/:id/seats/:seat/${action}`,
      handle: (ask) => renew(ask, action),
    }),
  ),
  { method: "POST", path: "/workshops/:id/changes/:change", handle: act },
];

/** "Restore seat 04?" as a dialog's content, or as a page. */
async function question(ask: Ask, action: RenewQuestionOf): Promise<Response> {
  const workshop = await find(ask);
  const seat = seatAsked(ask);
  const seats = seat === "all" ? workshop.seats : [seatIn(workshop, ask.params.seat)];
  if (!seats.some(({ operations }) => operations.includes(action)))
    throw new Problem("STATE_CONFLICT", `${notNow(action, seat)} Go back, see how it is, and ask again.`);
  const props = { workshop, action, seat, fromSeat: isFromSeat(ask) };
  const page = (
    <QuestionPage workshop={workshop}>
      <RenewQuestion {...props} as="panel" />
    </QuestionPage>
  );
  return answer(ask, page, <RenewQuestion {...props} as="dialog" />);
}

const notNow = (action: string, seat: number | "all"): string =>
  seat === "all" ? `No seat can ${action} now.` : `Seat ${two(seat)} can’t ${action} now.`;

async function renew(ask: Ask, action: RenewalAction): Promise<Response> {
  const { id: owner } = await signedIn(ask);
  const seat = seatAsked(ask);
  const wish = { action, ...((await wantsWait(ask, action)) && { mode: "wait-on-error" as const }) };
  return saying(ask, async () => saidOf(await ask.services.renewals.ask(owner, ask.params.id ?? "", seat, wish), action));
}

const wantsWait = async ({ request }: Ask, action: string): Promise<boolean> =>
  (action === "refresh" || action === "restore") && text(await smallForm(request), "wait") === "yes";

async function act(ask: Ask): Promise<Response> {
  const { id: owner } = await signedIn(ask);
  const { id = "", change = "" } = ask.params;
  const action = text(await smallForm(ask.request), "action");
  if (action !== "continue" && action !== "abort")
    throw new Problem("INVALID_INPUT", `A change can be continued or given up; “${action.slice(0, 20)}” is neither.`);
  return saying(ask, async () => {
    await ask.services.renewals.act(owner, id, change, action);
    return undefined;
  });
}

const seatAsked = ({ params }: Ask): number | "all" => (params.seat === "all" ? "all" : seatOf(params.seat));

/** What the live part doesn't show by itself. */
function saidOf({ changes, left, problems }: Asked, action: RenewalAction): Said | undefined {
  if (problems.length > 0) return sayAs("bad", problems.join(" "));
  if (changes.length === 0) return SAID_NOTHING;
  if (left.length === 0) return undefined;
  const [seats, are] = left.length === 1 ? ["Seat", "it is"] : ["Seats", "they are"];
  return sayAs("warn", `${seats} ${seatList(left)} stayed as ${are}. There, nobody can ask to ${action} now.`);
}

/** The form stood on the seat's own page, as `orderAddress` says. */
const isFromSeat = ({ url, params }: Ask): boolean =>
  url.searchParams.get("from") === "seat" && params.seat !== undefined && params.seat !== "all";

/** Done, the page follows by itself; refused, it says why where somebody clicked. */
async function saying(ask: Ask, what: () => Promise<Said | undefined>): Promise<Response> {
  const { id = "" } = ask.params;
  try {
    const said = await what();
    if (wantsPart(ask)) return answerPart(<SaidBanner said={said} />);
    if (said) return showSaid(ask, said);
    return goTo(ask, isFromSeat(ask) ? `/workshops/${id}/seats/${seatOf(ask.params.seat)}` : `/workshops/${id}`);
  } catch (thrown) {
    if (!isRefusal(thrown)) throw thrown;
    const said = sayAs("bad", thrown.message);
    const { status } = thrown;
    return wantsPart(ask) ? answerPart(<SaidBanner said={said} />, { status }) : showSaid(ask, said, status);
  }
}

const showSaid = async (ask: Ask, said: Said, status = 200): Promise<Response> =>
  isFromSeat(ask) ? showSeat(ask, said, status) : answerPage(<WorkshopPage workshop={await find(ask)} said={said} />, { status });
