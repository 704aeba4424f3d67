import { AGENT_COMMAND } from "./agent.ts";
import { until } from "./until.ts";

export interface Said {
  code: number;
  out: string;
  err: string;
}

/** `clarateach-agent …` as a script runs it. @param environment besides the test's own; undefined takes a variable away */
export async function runCommand(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
  stdin: "ignore" | Blob = "ignore",
): Promise<Said> {
  const options = { stdout: "pipe", stderr: "pipe", stdin, env: { ...process.env, ...environment } } as const;
  const child = Bun.spawn([...AGENT_COMMAND, ...argv], options);
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, out: out.trim(), err: err.trim() };
}

/** A program on a terminal, as a person has it. */
export interface OnTerminal {
  /** All that came until now. */
  shown(): string;
  /** Waits until the terminal shows this. */
  sees(text: string | RegExp): Promise<void>;
  type(text: string): void;
  resize(cols: number, rows: number): void;
  pid: number;
  exited: Promise<number>;
}

export function runOnTerminal(
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  size = { cols: 80, rows: 24 },
): OnTerminal {
  let shown = "";
  const decoder = new TextDecoder();
  const data = (_: unknown, bytes: Uint8Array) => {
    shown += decoder.decode(bytes, { stream: true });
  };
  const env = { ...process.env, TERM: "xterm-256color", NO_COLOR: "", ...environment };
  const child = Bun.spawn([...argv], { env, terminal: { ...size, data } });
  const has = (text: string | RegExp) => (typeof text === "string" ? shown.includes(text) : text.test(shown));
  return {
    shown: () => shown,
    sees: async (text) => {
      await until(`the terminal to show ${text}`, () => has(text)).catch((error: Error) => {
        throw new Error(`${error.message}; it shows ${JSON.stringify(shown.slice(-500))}`);
      });
    },
    type: (text) => void child.terminal?.write(text),
    resize: (cols, rows) => child.terminal?.resize(cols, rows),
    pid: child.pid,
    exited: child.exited,
  };
}
