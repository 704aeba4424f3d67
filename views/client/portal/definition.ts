/** A definition of one's own: its text is taken from a chosen file, what it installs or lacks is asked for, and a problem shows its place. */
export function definitionText(): void {
  document.addEventListener("change", ({ target }) => void changed(target));
  document.addEventListener("input", ({ target }) => {
    if (target instanceof HTMLTextAreaElement) lookSoon(target);
  });
  document.addEventListener("click", (event) => {
    const place = (event.target as Element | null)?.closest<HTMLElement>("[data-go-to]")?.dataset.goTo;
    const text = document.getElementById("definition");
    if (place === undefined || !(text instanceof HTMLTextAreaElement)) return;
    event.preventDefault();
    goTo(text, place);
  });
}

async function changed(target: EventTarget | null): Promise<void> {
  if (!(target instanceof HTMLInputElement)) return;
  if (target.dataset.textInto) await takeText(target, target.dataset.textInto);
  const fields = target.closest<HTMLElement>("[data-environment]");
  if (fields) void look(fields);
}

/** So that what is sent is what is seen. An archive stays in its field; it has no text. */
async function takeText(from: HTMLInputElement, into: string): Promise<void> {
  const text = document.getElementById(into);
  const [file] = from.files ?? [];
  if (!file || !/\.ya?ml$/i.test(file.name) || !(text instanceof HTMLTextAreaElement)) return;
  text.value = await file.text();
  // The same file can be chosen again, after it was mended.
  from.value = "";
}

/** Somebody who types makes pauses shorter than this. */
const PAUSE_MS = 600;
let pause: ReturnType<typeof setTimeout> | undefined;
let looking: AbortController | undefined;

function lookSoon(field: HTMLElement): void {
  const fields = field.closest<HTMLElement>("[data-environment]");
  if (!fields) return;
  clearTimeout(pause);
  pause = setTimeout(() => void look(fields), PAUSE_MS);
}

/** Sends these fields alone: the key and the starter files are nobody's business yet. */
async function look(fields: HTMLElement): Promise<void> {
  clearTimeout(pause);
  looking?.abort();
  const found = fields.querySelector("#definition-found");
  const body = bodyOf(fields);
  if (!found || !body) return void found?.replaceChildren();
  looking = new AbortController();
  const { signal } = looking;
  try {
    const answer = await fetch(fields.dataset.environment ?? "", {
      method: "POST",
      body,
      headers: { "HX-Request": "true" },
      signal,
    });
    // Signed out, or too large: the form itself will say it.
    if (answer.ok && !answer.redirected) found.innerHTML = await answer.text();
  } catch {
    // Given up for a newer one, or no connection: what is sent is checked again in any case.
  }
}

/** Undefined: there is nothing to look at. */
function bodyOf(fields: HTMLElement): FormData | undefined {
  const own = fields.querySelector<HTMLInputElement>('input[name="environment"][value="own"]');
  const text = fields.querySelector<HTMLTextAreaElement>('textarea[name="definition"]')?.value ?? "";
  const [file] = fields.querySelector<HTMLInputElement>('input[name="definitionFile"]')?.files ?? [];
  // Where there is no choice, there is nothing but an own one.
  if ((own?.type === "radio" && !own.checked) || (text.trim() === "" && !file)) return undefined;
  const body = new FormData();
  body.append("environment", "own");
  body.append("definition", text);
  if (file) body.append("definitionFile", file);
  return body;
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
