import { Problem } from "../../../agent/contract/errors.ts";
import { QuestionPage } from "../../../views/pages/question.tsx";
import { two } from "../../../views/parts/amounts.ts";
import { FreeAllQuestion, FreeQuestion } from "../../../views/parts/questions.tsx";
import { takenFrom } from "../../../views/workshop.ts";
import { seatOf } from "../answers.ts";
import { answer, goTo } from "./answer.ts";
import { type Ask, type PageRoute, signedIn } from "./ask.ts";
import { find, seatIn } from "./workshop.tsx";

export const seatRoutes: PageRoute[] = [
  { method: "GET", path: "/workshops/:id/seats/:seat/free", handle: ask },
  { method: "POST", path: "/workshops/:id/seats/:seat/free", handle: free },
  { method: "GET", path: "/workshops/:id/seats/free", handle: askAll },
  { method: "POST", path: "/workshops/:id/seats/free", handle: freeAll },
];

/** "Free seat 04?" with who sits there. */
async function ask(question: Ask): Promise<Response> {
  const workshop = await find(question);
  const { seat } = seatIn(workshop, question.params.seat);
  const learner = workshop.learners.find((each) => each.seat === seat && each.session !== "expired");
  if (!learner)
    throw new Problem("STATE_CONFLICT", `Seat ${two(seat)} is free already. Nobody sits there, so there is nothing to free.`);
  const props = { workshop, learner };
  const page = (
    <QuestionPage workshop={workshop}>
      <FreeQuestion {...props} as="panel" />
    </QuestionPage>
  );
  return answer(question, page, <FreeQuestion {...props} as="dialog" />);
}

async function free(order: Ask): Promise<Response> {
  const { id: owner } = await signedIn(order);
  const id = order.params.id ?? "";
  await order.services.workshops.freeSeat(owner, id, seatOf(order.params.seat));
  return goTo(order, `/workshops/${id}`);
}

/** "Free 7 seats?" of one address, with who sits there. */
async function askAll(question: Ask): Promise<Response> {
  const workshop = await find(question);
  const address = addressIn(question);
  const learners = takenFrom(workshop.learners, address);
  if (learners.length === 0)
    throw new Problem("STATE_CONFLICT", `No seat is left that was taken from “${address}”. There is nothing to free.`);
  const props = { workshop, address, learners };
  const page = (
    <QuestionPage workshop={workshop}>
      <FreeAllQuestion {...props} as="panel" />
    </QuestionPage>
  );
  return answer(question, page, <FreeAllQuestion {...props} as="dialog" />);
}

async function freeAll(order: Ask): Promise<Response> {
  const { id: owner } = await signedIn(order);
  const id = order.params.id ?? "";
  await order.services.workshops.freeSeatsTakenFrom(owner, id, addressIn(order));
  return goTo(order, `/workshops/${id}`);
}

/** No address is longer than an IPv6 network. */
const addressIn = ({ url }: Ask): string => (url.searchParams.get("address") ?? "").slice(0, 50);
