/** A file dropped on `[data-drop]` goes to the file input in it. */
export function dropZones(): void {
  for (const kind of ["dragover", "dragleave", "drop"] as const) document.addEventListener(kind, onDrag);
}

function onDrag(event: DragEvent): void {
  const zone = (event.target as Element | null)?.closest?.<HTMLElement>("[data-drop]");
  if (event.type === "dragover" || event.type === "drop") {
    // Anywhere else a dropped file would replace the page, and with it all that was typed.
    event.preventDefault();
  }
  if (!zone) return;
  zone.classList.toggle("over", event.type === "dragover");
  const input = zone.querySelector<HTMLInputElement>('input[type="file"]');
  const files = event.dataTransfer?.files;
  if (event.type === "drop" && input && files?.length) {
    input.files = files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
