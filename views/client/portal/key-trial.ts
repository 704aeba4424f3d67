/** Tries a typed API key as soon as its field is left, and says beside it how it did. It is taken all the same. */
export function keyTrials(): void {
  document.addEventListener("pointerdown", press);
  document.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLInputElement && target.name === "apiKey") void tryKey(target);
  });
  // A form that was refused comes back without what stood beside its field.
  document.addEventListener("htmx:after:swap", () => {
    const field = document.querySelector<HTMLInputElement>("input[name=apiKey]");
    if (field?.value && noteOf(field)?.textContent === "") void tryKey(field);
  });
}

let pressed: Promise<void> | undefined;

/** Whoever leaves the field by a click holds the button down still: a control that moved now, below what is said here, would be missed. */
function press(): void {
  pressed = new Promise((resolve) => {
    // The click comes after it, in the same turn.
    const over = () => setTimeout(resolve);
    for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, over, { once: true });
  });
}

const noteOf = (field: HTMLInputElement): HTMLElement | null | undefined =>
  field.closest(".field")?.querySelector<HTMLElement>("[data-key-trial]");

async function tryKey(field: HTMLInputElement): Promise<void> {
  await pressed;
  const key = field.value.trim();
  say(field, key === "" ? "" : "Trying the key …");
  if (key === "") return;
  const body = new FormData();
  body.set("apiKey", key);
  const said = await fetch("/workshops/key-trial", { method: "POST", body, headers: { "HX-Request": "true" } })
    .then((answer) => (answer.ok ? answer.text() : ""))
    .catch(() => "");
  // Another one was typed meanwhile.
  if (field.isConnected && field.value.trim() === key) say(field, said);
}

function say(field: HTMLInputElement, words: string): void {
  const note = noteOf(field);
  if (note) note.textContent = words;
}
