/** Times in forms are typed and shown by the reader's own clock. The server writes them in UTC, and is told the zone with the form. */
export function localMoments(): void {
  here(document);
  document.addEventListener("htmx:after:swap", () => here(document));
  document.addEventListener("submit", holdBack, { capture: true });
  document.addEventListener("input", ({ target }) => {
    if (target instanceof HTMLInputElement && "moment" in target.dataset && !target.validity.badInput) tell(target, false);
  });
}

function here(root: ParentNode): void {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  for (const zone of root.querySelectorAll<HTMLInputElement>("input[data-zone]")) {
    // A form that came back was sent with the zone, and its times are in it.
    if (zone.value !== "UTC" || timeZone === "UTC") continue;
    zone.value = timeZone;
    for (const field of momentsOf(zone.form)) if (field.value) field.value = local(`${field.value}Z`);
  }
}

const momentsOf = (form: HTMLFormElement | null): HTMLInputElement[] => [
  ...(form?.querySelectorAll<HTMLInputElement>("input[data-moment]") ?? []),
];

/** Of UTC: what the same moment's field says on this clock. */
function local(utc: string): string {
  const at = new Date(utc);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Of a date without a time a browser sends nothing, which would mean that none was wished. */
function holdBack(event: SubmitEvent): void {
  const parts = momentsOf(event.target as HTMLFormElement).filter(({ validity }) => validity.badInput);
  if (parts.length === 0) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  for (const field of parts) tell(field, true);
  parts[0]?.focus();
}

function tell(field: HTMLInputElement, part: boolean): void {
  const note = field.closest(".field")?.querySelector<HTMLElement>("[data-only-part]");
  if (note) note.hidden = !part;
  field.closest("details")?.toggleAttribute("open", true);
}
