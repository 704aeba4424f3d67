/** After too many wrong codes the form pauses for `data-pause` seconds: counted down on its button, then it works again. */
export function pausedForms(): void {
  pause();
  // After htmx has given the button back, which it does at the end of a request.
  document.addEventListener("htmx:finally:request", () => queueMicrotask(pause));
}

function pause(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-pause]")) {
    const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
    const seconds = Number(form.dataset.pause);
    delete form.dataset.pause;
    if (button && seconds > 0) countDown(form, button, Date.now() + seconds * 1000);
  }
}

function countDown(form: HTMLFormElement, button: HTMLButtonElement, end: number): void {
  const left = Math.ceil((end - Date.now()) / 1000);
  const word = button.dataset.word ?? "Join";
  button.disabled = left > 0;
  button.textContent = left > 0 ? `${word} in ${left} s` : word;
  const count = form.querySelector("[data-count]");
  if (left <= 0) count?.closest(".banner")?.remove();
  else {
    if (count) count.textContent = String(left);
    setTimeout(() => countDown(form, button, end), 1000);
  }
}
