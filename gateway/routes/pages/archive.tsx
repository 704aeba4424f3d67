import { Problem } from "../../../agent/contract/errors.ts";
import { QuestionPage } from "../../../views/pages/question.tsx";
import { ArchiveQuestion } from "../../../views/parts/questions.tsx";
import { zip } from "../answers.ts";
import { answer, goTo } from "./answer.ts";
import { type Ask, type PageRoute, signedIn } from "./ask.ts";
import { find } from "./workshop.tsx";

export const archiveRoutes: PageRoute[] = [
  { method: "GET", path: "/workshops/:id/archive.zip", handle: download },
  { method: "GET", path: "/workshops/:id/archive", handle: ask },
  { method: "POST", path: "/workshops/:id/archive/delete", handle: remove },
];

async function download(ask: Ask): Promise<Response> {
  const { id: owner } = await signedIn(ask);
  if (!(await find(ask)).archive) throw noArchive();
  const { body, name } = await ask.services.workshops.archive(owner, ask.params.id ?? "");
  ask.keepOpen();
  return zip(body, name);
}

/** "Delete everyone's work?" */
async function ask(question: Ask): Promise<Response> {
  const workshop = await find(question);
  if (!workshop.archive) throw noArchive();
  const page = (
    <QuestionPage workshop={workshop}>
      <ArchiveQuestion workshop={workshop} as="panel" />
    </QuestionPage>
  );
  return answer(question, page, <ArchiveQuestion workshop={workshop} as="dialog" />);
}

async function remove(order: Ask): Promise<Response> {
  const { id: owner } = await signedIn(order);
  const id = order.params.id ?? "";
  await order.services.workshops.removeArchive(owner, id);
  return goTo(order, `/workshops/${id}`);
}

const noArchive = () =>
  new Problem("STATE_CONFLICT", "There is no archive. It was deleted, its time was over, or none was asked for.");
