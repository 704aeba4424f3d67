import { copyText } from "./copy.ts";
import { toast } from "./toast.ts";

/** `<button data-copy="text" data-done="sentence">` */
export function copyButtons(): void {
  document.addEventListener("click", async (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-copy]");
    if (!button?.dataset.copy) return;
    const copied = await copyText(button.dataset.copy, button);
    toast(
      copied
        ? (button.dataset.done ?? "Copied.")
        : `This browser doesn’t let pages copy. Mark it by hand: ${button.dataset.copy}`,
    );
  });
}
