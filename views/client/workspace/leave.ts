import { one } from "../shared/dom.ts";

/**
 * Ctrl+W is "delete a word" to a shell and "close" to a browser, which can't be stopped from taking it: so closing asks first while the
 * terminal has the keyboard, and whenever something is unsaved.
 */
export function startLeaveWarning(unsaved: () => boolean, over: () => boolean): void {
  addEventListener("beforeunload", (event) => {
    if (over()) return;
    if (unsaved() || one("[data-terminal]").contains(document.activeElement)) event.preventDefault();
  });
}
