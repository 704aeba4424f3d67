import type { Pty } from "../../agent/seats/seat.ts";
import { plain } from "./plain.ts";
import { until } from "./until.ts";

/** A viewer that remembers what it saw. */
export class Screen {
  bytes = 0;
  #text = "";
  readonly #decoder = new TextDecoder();

  constructor(readonly pty: Pty) {
    pty.onData((bytes) => {
      this.bytes += bytes.length;
      // A flood isn't kept: what is looked for comes after it.
      this.#text = (this.#text + this.#decoder.decode(bytes, { stream: true })).slice(-200_000);
    });
  }

  type(text: string): void {
    this.pty.write(Buffer.from(text));
  }

  /** Waits until the text came, colours and positions aside. */
  async shows(text: string): Promise<void> {
    try {
      await until(`"${text}"`, () => plain(this.#text).includes(text));
    } catch {
      throw new Error(`the screen never showed "${text}"; it has ${JSON.stringify(plain(this.#text).slice(-1000))}`);
    }
  }
}
