/** Shut while there is nothing to connect to: who knows that opens it again, and nobody has to ask. */
export class Gate {
  #open = true;
  readonly #waiting = new Set<() => void>();

  get isOpen(): boolean {
    return this.#open;
  }

  set(open: boolean): void {
    if (open === this.#open) return;
    this.#open = open;
    if (open) for (const go of [...this.#waiting]) go();
  }

  /** Called each time it opens. */
  onOpen(go: () => void, signal?: AbortSignal): void {
    this.#waiting.add(go);
    signal?.addEventListener("abort", () => this.#waiting.delete(go));
  }
}

/** Of the page's own seat. */
export const seatGate = new Gate();
