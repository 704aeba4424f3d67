/** The text of a definition: taken from a chosen file, and shown where something is wrong with it. */
export function definitionText(): void {
  document.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLInputElement && target.dataset.textInto) void takeText(target, target.dataset.textInto);
  });
  document.addEventListener("click", (event) => {
    const place = (event.target as Element | null)?.closest<HTMLElement>("[data-go-to]")?.dataset.goTo;
    const text = document.getElementById("definition");
    if (place === undefined || !(text instanceof HTMLTextAreaElement)) return;
    event.preventDefault();
    goTo(text, place);
  });
}

async function takeText(from: HTMLInputElement, into: string): Promise<void> {
  const text = document.getElementById(into);
  const [file] = from.files ?? [];
  if (file && text instanceof HTMLTextAreaElement) text.value = await file.text();
  // The same file can be chosen again, after it was mended.
  from.value = "";
}

/** @param place `line:column`, both from 1: the rest of that line is selected, and in sight */
function goTo(text: HTMLTextAreaElement, place: string): void {
  const [line = 1, column = 1] = place.split(":").map(Number);
  const lines = text.value.split("\n");
  const before = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0);
  const end = before + (lines[line - 1]?.length ?? 0);
  text.focus();
  text.setSelectionRange(Math.min(before + column - 1, end), end);
  const height = Number.parseFloat(getComputedStyle(text).lineHeight);
  text.scrollTop = Math.max(0, (line - 1) * height - text.clientHeight / 2);
}
