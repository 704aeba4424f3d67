/** Reads to the end and keeps nothing. */
export async function drop(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read().catch(() => ({ done: true }))).done);
}

/** Who doesn't say all by then needn't hear why he was refused. */
const DROP_MS = 10_000;

/** Who was refused hears it after he has said all: a connection that closes before would take the answer with it. */
export async function dropBody({ body }: Request): Promise<void> {
  if (!body || body.locked) return;
  await Promise.race([drop(body.getReader() as ReadableStreamDefaultReader<Uint8Array>), Bun.sleep(DROP_MS)]);
}
