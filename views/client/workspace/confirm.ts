import { one } from "../shared/dom.ts";

export interface Question {
  title: string;
  text: string;
  /** What the dangerous button does: "Delete app.py". */
  yes: string;
  /** The safe one; focus starts there and Esc means it. */
  no: string;
}

/** Asks before something is destroyed. */
export function confirmed({ title, text, yes, no }: Question): Promise<boolean> {
  const dialog = one<HTMLDialogElement>("[data-confirm]");
  one("[data-confirm-title]").textContent = title;
  one("[data-confirm-text]").textContent = text;
  one("[data-confirm-yes]").textContent = yes;
  one("[data-confirm-no]").textContent = no;
  const before = document.activeElement;
  dialog.returnValue = "no";
  dialog.showModal();
  one("[data-confirm-no]").focus();
  return new Promise((resolve) => {
    dialog.addEventListener(
      "close",
      () => {
        if (before instanceof HTMLElement) before.focus();
        resolve(dialog.returnValue === "yes");
      },
      { once: true },
    );
  });
}
