import type { SessionInfo } from "../../../agent/contract/session.ts";
import { lookUp } from "./session.ts";

/** Between two looks; a page that nobody sees asks nothing. */
const LOOK_MS = 5_000;

/** What the instructor changes while one sits here: when the class ends, what may be used of Claude. @returns stops it */
export function followSession(each: (session: SessionInfo) => void): () => void {
  const timer = setInterval(async () => {
    if (document.hidden) return;
    const sight = await lookUp();
    if (sight.is === "here") each(sight.session);
  }, LOOK_MS);
  return () => clearInterval(timer);
}
