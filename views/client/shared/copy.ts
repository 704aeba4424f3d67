/** To the clipboard; false where the browser doesn't let a page do that. `near`: the button pressed, where there is one. */
export async function copyText(text: string, near?: Element): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text, near ?? document.body);
  }
}

/** Pages on plain http get no clipboard but this old way. Beside the button, because outside an open dialog nothing can be selected. */
function copyBySelection(text: string, near: Element): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "only-read";
  if (near === document.body) near.append(area);
  else near.after(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
