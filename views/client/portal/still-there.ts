import { NEWS } from "./live-part.ts";

const PART = "[data-still-there]";

/**
 * Learners come and go while a question stands: whenever the page hears of a change, the question's list of them is fetched anew.
 * Answers how to end that.
 */
export function stillThere(dialog: HTMLDialogElement, fetchQuestion: () => Promise<string>): () => void {
  const part = dialog.querySelector<HTMLElement>(PART);
  if (!part) return () => undefined;
  let [asking, changed] = [false, false];

  async function look(): Promise<void> {
    changed = true;
    if (asking) return;
    asking = true;
    while (changed) {
      changed = false;
      // A question that is no more: the page behind it says why.
      const text = await fetchQuestion().catch(() => undefined);
      if (text !== undefined) show(text);
    }
    asking = false;
  }

  function show(text: string): void {
    const fresh = new DOMParser().parseFromString(text, "text/html").querySelector(PART);
    if (!part || !fresh || fresh.innerHTML === part.innerHTML) return;
    // The buttons below don't come up to the pointer when the list gets shorter.
    part.style.minHeight = `${part.offsetHeight}px`;
    part.replaceChildren(...fresh.childNodes);
  }

  const heard = () => void look();
  document.addEventListener(NEWS, heard);
  return () => document.removeEventListener(NEWS, heard);
}
