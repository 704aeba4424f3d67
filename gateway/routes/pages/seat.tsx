import { Problem } from "../../../agent/contract/errors.ts";
import { QuestionPage } from "../../../views/pages/question.tsx";
import { two } from "../../../views/parts/amounts.ts";
import { FreeQuestion } from "../../../views/parts/questions.tsx";
import { seatOf } from "../answers.ts";
import { answer, goTo } from "./answer.ts";
import { type Ask, type PageRoute, signedIn } from "./ask.ts";
import { find } from "./workshop.tsx";

export const seatRoutes: PageRoute[] = [
  { method: "GET", path: "/workshops/:id/seats/:seat/free", handle: ask },
  { method: "POST", path: "/workshops/:id/seats/:seat/free", handle: free },
];

/** "Free seat 04?" with who sits there. */
async function ask(question: Ask): Promise<Response> {
  const workshop = await find(question);
  const seat = seatOf(question.params.seat);
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
  await order.desk.workshops.freeSeat(owner, id, seatOf(order.params.seat));
  return goTo(order, `/workshops/${id}`);
}
