import type { ErrorBody } from "../../../../agent/contract/errors.ts";
import { act, one } from "../../shared/dom.ts";
import { toast } from "../../shared/toast.ts";
import { confirmed } from "../confirm.ts";
import { base } from "../session.ts";

const QUESTION = {
  title: "Restart the browser?",
  text: "The pages that are open in it close, and what is typed in them is lost. History and sign-ins stay, and so do your files.",
  yes: "Restart the browser",
  no: "Go on with it",
};

/** No answer: whether it was done isn't known. */
const AWAY = "Your seat doesn’t answer: try again once it is connected.";

/** The button for a browser that hangs, or that one wants to be new. Its picture stays where it is: the screen goes on. */
export function offerRestart(): void {
  act("preview-restart", (button) => void press(button));
}

async function press(button: HTMLButtonElement): Promise<void> {
  if (!(await confirmed(QUESTION))) return;
  const busy = one("[data-preview-restarting]");
  button.disabled = true;
  busy.hidden = false;
  const failed = await restart();
  busy.hidden = true;
  button.disabled = false;
  if (failed === undefined) toast("Your browser was restarted.");
  else toast("Your browser wasn’t restarted.", failed);
}

/** @returns why it wasn't, a sentence */
async function restart(): Promise<string | undefined> {
  try {
    const answer = await fetch(`${base}browser/restart`, { method: "POST" });
    if (answer.ok) return undefined;
    const { error } = (await answer.json().catch(() => ({}))) as Partial<ErrorBody>;
    return error?.message ?? AWAY;
  } catch {
    return AWAY;
  }
}
