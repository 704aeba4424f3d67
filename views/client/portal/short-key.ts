/** Keys of providers have 40 characters and more; what is pasted in part is shorter, and so are keys of some gateways of one's own. */
const USUAL_LENGTH = 20;

/** Says beside a short API key that it looks cut off. It is taken all the same. */
export function shortKeys(): void {
  document.addEventListener("input", ({ target }) => {
    if (!(target instanceof HTMLInputElement) || target.name !== "apiKey") return;
    const { length } = target.value.trim();
    const note = document.querySelector<HTMLElement>("[data-cut-off]");
    if (note) note.hidden = length === 0 || length >= USUAL_LENGTH;
  });
}
