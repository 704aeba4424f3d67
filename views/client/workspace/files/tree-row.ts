import { icon, make } from "../../shared/dom.ts";
import type { Row } from "./tree-model.ts";

/** A row of the tree; an existing one is brought up to date in place, so that focus and pointer stay where they are. */
export function drawRow(existing: HTMLElement | undefined, row: Row): HTMLElement {
  const element = existing ?? make("div", { role: "treeitem", tabindex: -1, "data-path": row.entry.path });
  const looks = `${row.entry.is_directory}${row.expanded}${row.entry.kind ?? ""}`;
  if (element.dataset.looks !== looks) {
    element.dataset.looks = looks;
    element.replaceChildren(icon(symbol(row)), make("span", {}, row.entry.name), more(row.entry.name));
  }
  element.style.setProperty("--level", String(row.level));
  const { level, at, of } = row;
  for (const [name, value] of Object.entries({ level, posinset: at, setsize: of }))
    element.setAttribute(`aria-${name}`, String(value));
  if (row.entry.is_directory) element.setAttribute("aria-expanded", String(row.expanded));
  else element.removeAttribute("aria-expanded");
  element.title = row.entry.kind === "link" ? `${row.entry.name} (a link)` : row.entry.name;
  return element;
}

function symbol({ entry, expanded }: Row): string {
  if (entry.is_directory) return expanded ? "down" : "right";
  return entry.kind === "link" ? "link" : "file";
}

function more(name: string): HTMLElement {
  const button = make("button", {
    type: "button",
    tabindex: -1,
    "data-more": true,
    "aria-label": `More about ${name}`,
    title: "More",
  });
  button.append(icon("more"));
  return button;
}
