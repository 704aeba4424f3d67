import { randomBytes } from "node:crypto";
import { Problem } from "../../../agent/contract/errors.ts";
import { InternalError, NotFound, Refusal, Unavailable } from "../../../views/pages/error.tsx";
import { SignIn } from "../../../views/pages/sign-in.tsx";
import type { Instructor } from "../../services.ts";
import { answerPage } from "./answer.ts";
import type { Ask } from "./ask.ts";
import { rememberWay } from "./way-back.ts";

/** An agent that restarts is back within this time. */
const RETRY_SECONDS = 5;

/** Whatever a page's handler threw, as the page that says so. `log` gets what people can't be shown, under the number they see. */
export async function problemPage(ask: Ask, thrown: unknown, log: (number: string, cause: unknown) => void): Promise<Response> {
  const person = await ask.services.people.maybeInstructor(ask.request).catch(() => undefined);
  const instructor = person !== undefined;
  if (!(thrown instanceof Problem) || thrown.code === "INTERNAL_ERROR") return internalError(ask, thrown, instructor, log);
  const { status } = thrown;
  const retryAfterSeconds = thrown.retryAfterSeconds;
  switch (thrown.code) {
    case "UNAUTHORIZED":
      return answerPage(<SignIn linkStart={`${ask.settings.url}/sign-in`} />, { status, cookie: rememberWay(ask) });
    case "NOT_FOUND":
      return (await isBelowOwn(ask, person)) ? refusal(ask, thrown, instructor) : notFound(ask, instructor);
    case "UNAVAILABLE": {
      const [title, rest] = firstSentence(thrown.message);
      const retry = retryAfterSeconds ?? RETRY_SECONDS;
      const page = <Unavailable title={bare(title)} message={rest} retrySeconds={retry} instructor={instructor} />;
      return answerPage(page, { status, retryAfterSeconds: retry });
    }
    default:
      return refusal(ask, thrown, instructor);
  }
}

function refusal(ask: Ask, { message, status, retryAfterSeconds }: Problem, instructor: boolean): Response {
  const [title, rest] = firstSentence(message);
  const page = <Refusal title={bare(title)} message={rest} next={wayOn(ask, instructor)} instructor={instructor} />;
  return answerPage(page, { status, retryAfterSeconds });
}

/** Of one's own workshop it is said what there isn't; another's, and one that never was, are as if nothing were there. */
async function isBelowOwn({ url, services }: Ask, person: Instructor | undefined): Promise<boolean> {
  const id = BELOW.exec(url.pathname)?.[1];
  if (!person || !id) return false;
  return services.workshops.find(person.id, id).then(
    () => true,
    () => false,
  );
}

/** Addresses below a workshop. */
const BELOW = /^\/workshops\/(ws-[a-z0-9]+)\//;

/** 404 for an address of ours, or for one that never was. Learners see no ids. */
export function notFound(ask: Ask, instructor: boolean): Response {
  const id = /^\/workshops\/([^/]{1,60})/.exec(ask.url.pathname)?.[1];
  const what = instructor && id ? { what: `workshop ${readable(id)}` } : {};
  return answerPage(<NotFound instructor={instructor} {...what} />, { status: 404 });
}

function internalError(ask: Ask, thrown: unknown, instructor: boolean, log: (number: string, cause: unknown) => void): Response {
  const number = randomBytes(4)
    .toString("hex")
    .replace(/^(.{4})/, "$1-");
  log(number, thrown);
  return answerPage(<InternalError number={number} at={ask.now} instructor={instructor} />, { status: 500 });
}

function wayOn(ask: Ask, instructor: boolean): { href: string; word: string } {
  const id = BELOW.exec(ask.url.pathname)?.[1];
  if (!instructor) return { href: "/join", word: "Join with a code" };
  return id ? { href: `/workshops/${id}`, word: "Back to the workshop" } : { href: "/", word: "All workshops" };
}

/** A message's first sentence is enough by itself; it ends at a full stop before a space and a capital, outside of quotes. */
export function firstSentence(message: string): [first: string, rest: string] {
  const first = /^(?:“[^”]*”|[^“])*?[.?](?=\s+[A-Z“])/.exec(message)?.[0] ?? message;
  return [first, message.slice(first.length).trim()];
}

/** A title has no full stop. */
const bare = (sentence: string): string => sentence.replace(/\.$/, "");

function readable(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
