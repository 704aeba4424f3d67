/** What a program prints: searched as it comes, never kept. */
export interface Output {
  take(bytes: Uint8Array): void;
  /** Resolves at the first output that holds `text` after this call; one at a time. */
  sees(text: string): Promise<void>;
  /** Bytes so far. */
  received(): number;
}

/** tmux may move the cursor in the middle of a word, when it draws something else in between. */
const MOVES = /\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|[\x0e\x0f]/g;
/** Room for such moves in what is searched across two pieces. */
const MOVES_LENGTH = 200;

export function openOutput(): Output {
  let received = 0;
  let waiting: { needle: Buffer; tail: Buffer; go: () => void } | undefined;
  return {
    take: (bytes) => {
      received += bytes.length;
      if (!waiting) return;
      const text = Buffer.concat([waiting.tail, bytes]);
      if (
        text.includes(waiting.needle) ||
        text.toString("latin1").replace(MOVES, "").includes(waiting.needle.toString("latin1"))
      ) {
        waiting.go();
        waiting = undefined;
      } else waiting.tail = Buffer.from(text.subarray(Math.max(0, text.length - waiting.needle.length - MOVES_LENGTH)));
    },
    sees: (text) => new Promise((go) => (waiting = { needle: Buffer.from(text), tail: Buffer.alloc(0), go })),
    received: () => received,
  };
}
