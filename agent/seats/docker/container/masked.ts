/** Variables whose values stand in no log: what reaches Claude, a running hook's cookie, whatever is called so. */
const SECRET = /(?:TOKEN|KEY|SECRET|PASSWORD|COOKIE)$/i;
/** Shorter ones are words that stand anywhere. */
const SHORTEST = 8;
const MASK = "***";

export const secretsOf = (env: Readonly<Record<string, string | undefined>>): string[] =>
  Object.entries(env).flatMap(([name, value]) => (value && SECRET.test(name) && value.length >= SHORTEST ? [value] : []));

/** What a program says, without secrets: one that comes in two pieces neither. */
export class Masked {
  /** Bytes as letters of one byte each: pieces are cut anywhere. */
  readonly #secrets: readonly string[];
  #held = "";

  constructor(
    secrets: readonly string[],
    readonly give: (bytes: Uint8Array) => void,
  ) {
    this.#secrets = secrets.map((secret) => Buffer.from(secret).toString("latin1"));
  }

  take(bytes: Uint8Array): void {
    const text = this.#secrets.reduce(
      (all, secret) => all.replaceAll(secret, MASK),
      this.#held + Buffer.from(bytes).toString("latin1"),
    );
    const held = Math.max(0, ...this.#secrets.map((secret) => begunAtEnd(text, secret)));
    this.#held = text.slice(text.length - held);
    this.#tell(text.slice(0, text.length - held));
  }

  end(): void {
    this.#tell(this.#held);
    this.#held = "";
  }

  #tell(text: string): void {
    if (text !== "") this.give(Buffer.from(text, "latin1"));
  }
}

/** How many letters at the end of a text may be the beginning of a secret. */
function begunAtEnd(text: string, secret: string): number {
  for (let length = Math.min(secret.length - 1, text.length); length > 0; length--)
    if (text.endsWith(secret.slice(0, length))) return length;
  return 0;
}
