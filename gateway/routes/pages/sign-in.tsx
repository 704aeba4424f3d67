import { Problem } from "../../../agent/contract/errors.ts";
import { SignIn } from "../../../views/pages/sign-in.tsx";
import { answerPage, goTo } from "./answer.ts";
import { type Ask, callerOf, type PageRoute, smallForm, text } from "./ask.ts";
import { firstSentence } from "./problems.tsx";
import { forgetWay, wayBack } from "./way-back.ts";

export const signInRoutes: PageRoute[] = [
  { method: "GET", path: "/sign-in", handle: show },
  { method: "POST", path: "/sign-in", handle: signIn },
  { method: "POST", path: "/sign-out", handle: signOut },
];

function show(ask: Ask): Response {
  return answerPage(<SignIn linkStart={`${ask.settings.url}/sign-in`} />);
}

async function signIn(ask: Ask): Promise<Response> {
  ask.services.people.requireOwnOrigin(ask.request);
  const form = await smallForm(ask.request);
  try {
    const { cookie } = await ask.services.people.signIn(text(form, "secret"), callerOf(ask));
    return goTo(ask, wayBack(ask), cookie, forgetWay(ask));
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.status >= 500) throw thrown;
    const [bold, rest] = firstSentence(thrown.message);
    const page = <SignIn linkStart={`${ask.settings.url}/sign-in`} refused={{ bold, rest }} />;
    return answerPage(page, { status: thrown.status, retryAfterSeconds: thrown.retryAfterSeconds });
  }
}

async function signOut(ask: Ask): Promise<Response> {
  ask.services.people.requireOwnOrigin(ask.request);
  return goTo(ask, "/sign-in", await ask.services.people.signOut(ask.request));
}
