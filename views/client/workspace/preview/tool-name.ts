/** What a button of the pane's bar does now, for eyes and ears. */
export function nameTool(button: HTMLElement, label: string): void {
  button.title = label;
  button.setAttribute("aria-label", label);
}
