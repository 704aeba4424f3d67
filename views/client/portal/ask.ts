import { toast } from "../shared/toast.ts";
import { stillThere } from "./still-there.ts";

/**
 * `<a data-ask href>` leads to a question on a page of its own; with scripts the same question is fetched as a dialog over this page.
 * Esc and the safe button close it; focus goes back to the link.
 */
export function questions(): void {
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-ask]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    void ask(link);
  });
}

async function ask(link: HTMLAnchorElement): Promise<void> {
  const place = document.getElementById("asked");
  const dialog = place && (await fetchDialog(link.href, place));
  if (!dialog) return;
  // Of a menu the button that opened it: the menu itself is closed by then.
  const opener = link.closest<HTMLElement>("[popover]");
  const back = opener ? document.querySelector<HTMLElement>(`[popovertarget="${opener.id}"]`) : link;
  opener?.hidePopover();
  const stopLooking = stillThere(dialog, () => fetchText(link.href));
  dialog.addEventListener("close", () => {
    stopLooking();
    dialog.remove();
    back?.focus();
  });
  dialog.addEventListener("submit", (event) => onSubmit(event, dialog));
  dialog.showModal();
}

async function fetchDialog(address: string, place: HTMLElement): Promise<HTMLDialogElement | null> {
  try {
    place.innerHTML = await fetchText(address);
    return place.querySelector("dialog");
  } catch {
    // The question's own page says better what is wrong: signed out, gone, no connection.
    location.href = address;
    return null;
  }
}

/** @throws when there is no such question (any more) */
async function fetchText(address: string): Promise<string> {
  const answer = await fetch(address, { headers: { "HX-Request": "true", accept: "text/html" } });
  if (!answer.ok || answer.redirected) throw new Error(`${answer.status}`);
  return answer.text();
}

/** One press is enough; what follows can take seconds. */
function onSubmit(event: SubmitEvent, dialog: HTMLDialogElement): void {
  const button = event.submitter;
  if (!(button instanceof HTMLButtonElement) || button.formMethod === "dialog") return;
  if (dialog.dataset.sent) {
    event.preventDefault();
    return;
  }
  dialog.dataset.sent = "yes";
  button.setAttribute("aria-disabled", "true");
  toast(`${button.textContent}: on its way.`);
}
