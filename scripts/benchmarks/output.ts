/** What a program prints: searched as it comes, never kept. */
export interface Output {
  take(bytes: Uint8Array): void;
  /** Resolves at the first output that holds `text` after this call; one at a time. */
  sees(text: string): Promise<void>;
  /** Bytes so far. */
  received(): number;
}

export function openOutput(): Output {
  let received = 0;
  let waiting: { needle: Buffer; tail: Buffer; go: () => void } | undefined;
  return {
    take: (bytes) => {
      received += bytes.length;
      if (!waiting) return;
      const text = Buffer.concat([waiting.tail, bytes]);
      if (text.includes(waiting.needle)) {
        waiting.go();
        waiting = undefined;
      } else waiting.tail = Buffer.from(text.subarray(Math.max(0, text.length - waiting.needle.length)));
    },
    sees: (text) => new Promise((go) => (waiting = { needle: Buffer.from(text), tail: Buffer.alloc(0), go })),
    received: () => received,
  };
}
