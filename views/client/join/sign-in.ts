/** The secret of a one-time link stands behind `#`; it is posted, and leaves the address bar and the history first. */
export function signInByLink(): void {
  signIn();
  // Pasted while this page is open, a link changes only what stands behind `#`: nothing is loaded anew.
  addEventListener("hashchange", signIn);
}

function signIn(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-sign-in]");
  const field = form?.elements.namedItem("secret");
  const secret = location.hash.slice(1);
  if (!form || !(field instanceof HTMLInputElement) || !secret) return;
  history.replaceState(null, "", location.pathname);
  document.querySelector<HTMLElement>("[data-signing]")?.removeAttribute("hidden");
  field.value = decodeURIComponent(secret);
  form.submit();
}
