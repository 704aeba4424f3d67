import { act, one } from "../../shared/dom.ts";
import { toast } from "../../shared/toast.ts";
import { ask } from "../ask.ts";
import { confirmed } from "../confirm.ts";
import { base } from "../session.ts";

const QUESTION = {
  title: "Restart the browser?",
  text: "The pages that are open in it close, and what is typed in them is lost. History and sign-ins stay, and so do your files.",
  yes: "Restart the browser",
  no: "Go on with it",
};

const NOT_DONE = { refused: "Your browser wasn’t restarted.", away: "Whether your browser was restarted isn’t known." };

/** The button for a browser that hangs, or that one wants to be new. Its picture stays where it is: the screen goes on. */
export function offerRestart(): void {
  act("preview-restart", (button) => void press(button));
}

async function press(button: HTMLButtonElement): Promise<void> {
  if (!(await confirmed(QUESTION))) return;
  const busy = one("[data-preview-restarting]");
  button.disabled = true;
  busy.hidden = false;
  const answer = await ask(`${base}browser/restart`, { method: "POST" });
  busy.hidden = true;
  button.disabled = false;
  if (answer.is === "done") toast("Your browser was restarted.");
  else toast(NOT_DONE[answer.is], answer.why);
}
