import { button, make, sentence } from "../../shared/dom.ts";

const GONE_AFTER_MS = 8000;

export interface PaneNotice {
  say(strong: string, rest?: string, press?: { label: string; act(button: HTMLButtonElement): void }): void;
  withdraw(): void;
}

/** One notice at the top of the terminal, never over the prompt; it leaves by itself. */
export function paneNotice(host: HTMLElement): PaneNotice {
  const box = make("div", { class: "term-notice", role: "status", hidden: true });
  host.append(box);
  let leaving: ReturnType<typeof setTimeout> | undefined;
  const withdraw = () => {
    box.hidden = true;
    box.replaceChildren();
  };
  const leaveLater = () => {
    clearTimeout(leaving);
    leaving = setTimeout(() => (box.matches(":hover, :focus-within") ? leaveLater() : withdraw()), GONE_AFTER_MS);
  };
  return {
    say(strong, rest = "", press) {
      box.replaceChildren(make("p", {}, sentence(strong, rest)));
      if (press) {
        const pressed: HTMLButtonElement = button(press.label, () => press.act(pressed));
        box.append(pressed);
      }
      box.hidden = false;
      leaveLater();
    },
    withdraw,
  };
}
