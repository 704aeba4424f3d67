import { EXEC_OUTPUT_LIMIT, type Finished, type SeatProcess } from "../seat.ts";
import { signal } from "./processes.ts";

export interface RunOptions {
  cwd: string;
  env: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** Bytes kept of each stream; the rest is read and dropped, so that the program goes on. */
  limit?: number;
  /** Keep the end of the output, not its beginning. */
  tail?: boolean;
}

/** A program asked to end has this long. */
const KILL_MS = 2000;

/** A finished program's children may hold its output open; nobody waits for them longer. */
const LINGER_MS = 500;

/** Runs to its end in a session of its own. @throws when it can't be started, or the signal aborts it */
export async function run(argv: readonly string[], options: RunOptions): Promise<Finished> {
  options.signal?.throwIfAborted();
  const { cwd, env, limit = EXEC_OUTPUT_LIMIT, tail = false } = options;
  const child = Bun.spawn([...argv], { cwd, env, stdin: "ignore", stdout: "pipe", stderr: "pipe", detached: true });
  const stop = () => signal(-child.pid, "SIGKILL");
  options.signal?.addEventListener("abort", stop, { once: true });
  try {
    const streams = [collect(child.stdout, limit, tail), collect(child.stderr, limit, tail)] as const;
    const code = await child.exited;
    const lingering = setTimeout(() => streams.forEach((one) => void one.cancel()), LINGER_MS);
    const [stdout, stderr] = await Promise.all(streams.map((one) => one.text));
    clearTimeout(lingering);
    options.signal?.throwIfAborted();
    return { code, stdout: stdout ?? "", stderr: stderr ?? "" };
  } finally {
    options.signal?.removeEventListener("abort", stop);
  }
}

/** Goes on until killed; in a session of its own, so that its children end with it. */
export function start(argv: readonly string[], { cwd, env, signal: abort }: RunOptions): SeatProcess {
  abort?.throwIfAborted();
  const child = Bun.spawn([...argv], { cwd, env, stdin: "ignore", stdout: "ignore", stderr: "ignore", detached: true });
  let ended = false;
  const exited = child.exited.then((code) => {
    ended = true;
    abort?.removeEventListener("abort", kill);
    // Its children would go on without it.
    signal(-child.pid, "SIGKILL");
    return code;
  });
  function kill(): void {
    if (ended) return;
    signal(-child.pid, "SIGTERM");
    const last = setTimeout(() => {
      if (!ended) signal(-child.pid, "SIGKILL");
    }, KILL_MS);
    last.unref();
  }
  abort?.addEventListener("abort", kill, { once: true });
  return { exited, kill };
}

function collect(stream: ReadableStream<Uint8Array>, limit: number, tail: boolean) {
  const reader = stream.getReader();
  const text = readAll(reader, limit, tail).catch(() => "");
  return { text, cancel: () => reader.cancel().catch(() => {}) };
}

async function readAll(reader: ReadableStreamDefaultReader<Uint8Array>, limit: number, tail: boolean): Promise<string> {
  const kept: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    if (!tail && size >= limit) continue;
    kept.push(value);
    size += value.length;
    while (tail && kept.length > 1 && size - (kept[0]?.length ?? 0) >= limit) size -= kept.shift()?.length ?? 0;
  }
  const all = Buffer.concat(kept);
  return (tail ? all.subarray(Math.max(0, all.length - limit)) : all.subarray(0, limit)).toString("utf8");
}
