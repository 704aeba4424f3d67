import { QuestionPage } from "../../../views/pages/question.tsx";
import { StopQuestion } from "../../../views/parts/questions.tsx";
import { ARCHIVE_DAYS, keptUntil } from "../../workshops/workshop.ts";
import { answer, goTo } from "./answer.ts";
import { type Ask, type PageRoute, signedIn, smallForm, text } from "./ask.ts";
import { find } from "./workshop.tsx";

/** The page shows the rest of it live; a form need not hang until all is gone. */
const WAIT_SECONDS = 0;

export const stopRoutes: PageRoute[] = [
  { method: "GET", path: "/workshops/:id/stop", handle: ask },
  { method: "POST", path: "/workshops/:id/stop", handle: stop },
];

/** "Stop this workshop?" as a dialog's content, or as a page. */
async function ask(question: Ask): Promise<Response> {
  const workshop = await find(question);
  if (workshop.state === "stopping" || workshop.state === "stopped") return goTo(question, `/workshops/${workshop.id}`);
  const keep = { days: ARCHIVE_DAYS, until: keptUntil(new Date(question.now)) };
  const props = { workshop, ...(workshop.state === "running" ? { keep } : {}) };
  const page = (
    <QuestionPage workshop={workshop}>
      <StopQuestion {...props} as="panel" />
    </QuestionPage>
  );
  return answer(question, page, <StopQuestion {...props} as="dialog" />);
}

async function stop(order: Ask): Promise<Response> {
  const { id: owner } = await signedIn(order);
  const id = order.params.id ?? "";
  const form = await smallForm(order.request);
  await order.services.workshops.stop(owner, id, { keepWork: text(form, "keep") === "yes", waitSeconds: WAIT_SECONDS });
  return goTo(order, `/workshops/${id}`);
}
