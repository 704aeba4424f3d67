import { Problem } from "../contract/errors.ts";
import { seatName } from "../contract/seats.ts";
import type { PlainPage } from "../plain-page.ts";
import { problemAnswer } from "../problem-answer.ts";
import { OWN_PATHS, openPath } from "./entry.ts";
import type { Place } from "./place.ts";

export const WAITING_SCRIPT = `${OWN_PATHS}waiting.js`;
export const LISTENING = `${OWN_PATHS}listening`;
/** Between two looks of a page that waits; somebody who types a command takes longer. */
const LOOK_MS = 1500;

/** Loads the page again as soon as somebody listens; while nobody sees it, it doesn't ask. */
export const waitingScript = (): Response =>
  new Response(
    `setInterval(async () => {
  if (document.hidden) return;
  const answer = await fetch(${JSON.stringify(LISTENING)}, { cache: "no-store" }).catch(() => undefined);
  if (answer?.ok && (await answer.json()).listening) location.reload();
}, ${LOOK_MS});
`,
    { headers: { "content-type": "text/javascript; charset=utf-8", "cache-control": "no-store" } },
  );

/** Nobody showed that it is hers. */
export class NotHers extends Problem {
  constructor({ seat, port }: Place) {
    super(
      "FORBIDDEN",
      `Port ${port} of seat ${seatName(seat)} is shown to the learner of that seat alone. If that is you, open it from your workspace; this browser has to be signed in there.`,
    );
  }
}

/** Nobody listens. */
export class Quiet extends Problem {
  constructor({ port }: Place) {
    super(
      "UNAVAILABLE",
      `Nothing listens on port ${port} of your seat yet. Start your server in the terminal, for instance with\npython3 -m http.server ${port}\nThis page opens it as soon as it runs.`,
      { retryAfterSeconds: 2 },
    );
  }
}

/** The answer to a call that a learner's server doesn't get or didn't answer. */
export function portProblem(problem: Problem, request: Request, place: Place): Response {
  return problemAnswer(problem, request, () => pageOf(problem, place));
}

function pageOf(problem: Problem, place: Place): PlainPage {
  const { message } = problem;
  const workspace = { href: `${place.machine}/vm/${seatName(place.seat)}/`, label: "Go to the workspace" };
  if (problem instanceof NotHers) {
    const open = { href: `${place.machine}${openPath(place)}`, label: "Open it" };
    return { title: "This is a learner’s own page", message, ...open };
  }
  if (problem instanceof Quiet) return { title: `Port ${place.port} is quiet`, message, ...workspace, script: WAITING_SCRIPT };
  return { title: "This page can’t be shown", message, ...workspace };
}
