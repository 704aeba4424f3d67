import { make, one } from "../../shared/dom.ts";

/** A row with a field in place of a name. Resolves with the text, or undefined when given up. */
export function askName(
  place: { after?: HTMLElement; in?: HTMLElement },
  value: string,
  problem: (name: string) => string | undefined,
) {
  const input = make("input", { type: "text", class: "rename", "aria-label": "Name", autocomplete: "off", spellcheck: "false" });
  const row = make("div", { role: "treeitem", class: "naming" }, input);
  input.value = value;
  if (place.in) place.in.replaceWith(row);
  else if (place.after) place.after.after(row);
  else one("[data-tree]").prepend(row);
  input.focus();
  input.setSelectionRange(0, value.lastIndexOf(".") > 0 ? value.lastIndexOf(".") : value.length);
  return new Promise<string | undefined>((resolve) => {
    const finish = (name: string | undefined) => {
      input.onblur = null;
      row.replaceWith(...(place.in ? [place.in] : []));
      resolve(name && name !== value ? name : undefined);
    };
    const tell = () => input.setCustomValidity(input.value && input.value !== value ? (problem(input.value) ?? "") : "");
    input.oninput = tell;
    input.onblur = () => finish(input.value && input.checkValidity() ? input.value : undefined);
    input.onkeydown = (event) => {
      event.stopPropagation();
      if (event.key === "Escape") finish(undefined);
      if (event.key !== "Enter") return;
      tell();
      if (input.reportValidity()) finish(input.value);
    };
  });
}
