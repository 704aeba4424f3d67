/** The element a page's document promises. @throws when it isn't there: document and script are of one build. */
export function one<E extends Element = HTMLElement>(selector: string, within: ParentNode = document): E {
  const found = within.querySelector<E>(selector);
  if (!found) throw new Error(`the page has no element "${selector}"`);
  return found;
}

export function all<E extends Element = HTMLElement>(selector: string, within: ParentNode = document): E[] {
  return [...within.querySelectorAll<E>(selector)];
}

/** Attributes by name; `text` is its text and `class` its class. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | number | boolean | undefined> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

/** One of the symbols in the document. */
export function icon(name: string, large = false): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", large ? "i" : "i s");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#${name}`);
  svg.append(use);
  return svg;
}

export function button(label: string, press: () => void, looks = "button tiny"): HTMLButtonElement {
  const made = make("button", { type: "button", class: looks }, label);
  made.addEventListener("click", press);
  return made;
}

/** `strong` is the first sentence, enough by itself. */
export function sentence(strong: string, rest = ""): DocumentFragment {
  const made = document.createDocumentFragment();
  made.append(make("strong", {}, strong), rest ? ` ${rest}` : "");
  return made;
}

/** Runs what the document calls `data-act`. */
export function act(name: string, press: (button: HTMLButtonElement) => void): void {
  for (const found of all<HTMLButtonElement>(`[data-act="${name}"]`)) found.addEventListener("click", () => press(found));
}
