/** Until what was copied begins to come; on a quiet machine that takes 0.1 s. Whoever shows the screen has it from the seat's browser first. */
const COMING_MS = 5000;

/** Of RFB's clipboard messages: padding of three bytes, a length, and in extended ones, whose length is negative, flags. */
export const COPY_HEAD = 11;
const LENGTH = 3;
const FLAGS = 7;
/** A text was copied: the page asks for it then. */
const ANNOUNCED = (1 << 27) | 1;

/** What is announced as copied in the seat's browser and never comes: Xtigervnc passes no text on that X hands over in pieces, as it does from 1 MiB on. */
export class OwedCopy {
  #due: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly leftOut: () => void) {}

  /** Also again for the same message, while the rest of it is on its way. @param head of it */
  hear(head: Uint8Array): void {
    this.forget();
    const view = new DataView(head.buffer, head.byteOffset);
    const isAnnounced = view.getInt32(LENGTH) < 0 && (view.getUint32(FLAGS) & ANNOUNCED) === ANNOUNCED;
    if (isAnnounced) this.#due = setTimeout(this.leftOut, COMING_MS);
  }

  forget(): void {
    clearTimeout(this.#due);
  }
}
