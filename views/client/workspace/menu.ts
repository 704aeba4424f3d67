import { button, icon, make, one } from "../shared/dom.ts";

export interface Choice {
  label: string;
  key?: string;
  danger?: boolean;
  /** One of several that exclude each other, and whether it is the one. */
  chosen?: boolean;
  choose(): void;
}

let open: { menu: HTMLElement; before: Element | null } | undefined;

/** A menu of actions at a point of the page; arrows, Home, End, Enter, Esc; anything else closes it. */
export function openMenu(at: { x: number; y: number }, choices: readonly Choice[]): void {
  closeMenu(false);
  const menu = make("div", { role: "menu", class: "menu" });
  for (const choice of choices) menu.append(item(choice));
  open = { menu, before: document.activeElement };
  one("[data-bench]").append(menu);
  place(menu, at);
  menu.addEventListener("keydown", (event) => moveByKey(event, menu));
  addEventListener("pointerdown", outside, { capture: true });
  addEventListener("blur", close);
  (items(menu).find((one) => one.ariaChecked === "true") ?? items(menu)[0])?.focus();
}

function item(choice: Choice): HTMLButtonElement {
  const made = button(choice.label, () => {
    closeMenu(true);
    choice.choose();
  });
  made.className = choice.danger ? "danger" : "";
  made.setAttribute("role", choice.chosen === undefined ? "menuitem" : "menuitemradio");
  if (choice.chosen !== undefined) made.ariaChecked = String(choice.chosen);
  made.tabIndex = -1;
  if (choice.chosen) made.append(icon("check"));
  if (choice.key) made.append(make("kbd", {}, choice.key));
  return made;
}

function place(menu: HTMLElement, { x, y }: { x: number; y: number }): void {
  const { width, height } = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(4, Math.min(x, innerWidth - width - 4))}px`;
  menu.style.top = `${Math.max(4, y + height > innerHeight - 4 ? y - height : y)}px`;
}

function moveByKey(event: KeyboardEvent, menu: HTMLElement): void {
  const all = items(menu);
  const at = all.indexOf(document.activeElement as HTMLButtonElement);
  const to = { ArrowDown: (at + 1) % all.length, ArrowUp: (at - 1 + all.length) % all.length, Home: 0, End: all.length - 1 }[
    event.key
  ];
  if (to !== undefined) all[to]?.focus();
  else if (event.key === "Escape" || event.key === "Tab") closeMenu(true);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

const items = (menu: HTMLElement): HTMLButtonElement[] => [...menu.querySelectorAll<HTMLButtonElement>("[role^=menuitem]")];

function outside(event: Event): void {
  if (open && !open.menu.contains(event.target as Node)) closeMenu(false);
}

const close = () => closeMenu(false);

function closeMenu(giveBack: boolean): void {
  if (!open) return;
  const { menu, before } = open;
  open = undefined;
  removeEventListener("pointerdown", outside, { capture: true });
  removeEventListener("blur", close);
  menu.remove();
  if (giveBack && before instanceof HTMLElement) before.focus();
}
