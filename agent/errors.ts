import { Replaced } from "./access.ts";
import { Problem } from "./contract/errors.ts";
import type { PlainPage } from "./plain-page.ts";
import { problemAnswer } from "./problem-answer.ts";

/** A handler that failed in a way nobody foresaw: the number finds the reason in the log. */
export type ReportFault = (error: unknown) => string;

/** The Problem that a thrown value is, or stands for. */
export function asProblem(error: unknown, report: ReportFault): Problem {
  if (error instanceof Problem) return error;
  const number = report(error);
  return new Problem(
    "INTERNAL_ERROR",
    `That went wrong on this machine. Load it again; if it stays, the log tells why under ${number}.`,
  );
}

/** The answer to a call that failed, where joining is how one goes on. */
export const problemResponse = (problem: Problem, request: Request, joinUrl: string): Response =>
  problemAnswer(problem, request, () => pageOf(problem, joinUrl));

const TITLES: Partial<Record<Problem["code"], string>> = {
  UNAUTHORIZED: "Join to come in",
  FORBIDDEN: "This is not your seat",
  NOT_FOUND: "Nothing is here",
  NOT_RUNNING: "The seat isn’t ready",
  RATE_LIMITED: "Too many at once",
};

function pageOf(problem: Problem, joinUrl: string): PlainPage {
  const { code, message } = problem;
  // It knows the browser, whatever the machine has forgotten.
  if (code === "WORKSHOP_ENDED")
    return { title: "Workshop ended", message, href: `${joinUrl}/ended`, label: "Go to the join page" };
  const title = problem instanceof Replaced ? "This seat is no longer yours" : (TITLES[code] ?? "That went wrong");
  return { title, message, href: joinUrl, label: "Join with a code" };
}
