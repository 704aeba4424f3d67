import { plainLines } from "./plain.ts";
import { until } from "./until.ts";
import type { Answer, World } from "./world.ts";

/** A learner without a browser: what join answered, and calls of the seat with the token as Bearer. */
export interface Learner {
  seat: number;
  odehash: string;
  token: string;
  /** `http://localhost:PORT` */
  base: string;
  /** `/vm/01` */
  path: string;
  get(path: string, init?: RequestInit): Promise<Answer>;
  terminal(): Promise<PlainTerminal>;
}

export async function join(world: World, wish: { code: string; odehash?: string; name?: string }): Promise<Learner> {
  const { status, body } = await world.api("/api/join", { method: "POST", json: wish, anonymous: true });
  if (status !== 200) throw new Error(`join answered ${status}: ${JSON.stringify(body)}`);
  const base = `http://${body.endpoint}`;
  const path = `/vm/${String(body.seat).padStart(2, "0")}`;
  const headers = { authorization: `Bearer ${body.token}` };
  return {
    ...body,
    base,
    path,
    get: async (rest, init = {}) => {
      const response = await fetch(base + path + rest, { ...init, headers: { ...headers, ...init.headers } });
      const text = await response.text();
      let parsed: unknown = text;
      if (response.headers.get("content-type")?.includes("json")) parsed = JSON.parse(text);
      return { status: response.status, headers: response.headers, body: parsed };
    },
    terminal: () => openTerminal(`${base.replace("http", "ws")}${path}/terminal`, headers),
  };
}

/** The seeds' own protocol: JSON in text frames. */
export interface PlainTerminal {
  type(data: string): void;
  resize(cols: number, rows: number): void;
  /** All output so far. */
  screen(): string;
  /** Types a command and waits for text that appears after it. */
  run(command: string, expected: string | RegExp): Promise<string>;
  messages(): { type: string }[];
  readonly closed: Promise<{ code: number; reason: string }>;
  close(): void;
}

/** @param more further options of the client's socket: `tls` for names that only a test knows */
export async function openTerminal(url: string, headers: Record<string, string>, more: object = {}): Promise<PlainTerminal> {
  const socket = new WebSocket(url, { headers, ...more } as unknown as string[]);
  let screen = "";
  const messages: { type: string }[] = [];
  socket.onmessage = (event) => {
    const frame = JSON.parse(String(event.data));
    messages.push(frame);
    if (frame.type === "output") screen += frame.data;
  };
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.onclose = (event) => resolve({ code: event.code, reason: event.reason });
  });
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error(`the terminal at ${url} did not open`));
  });
  socket.send(JSON.stringify({ type: "resize", cols: 100, rows: 30 }));
  const terminal: PlainTerminal = {
    type: (data) => socket.send(JSON.stringify({ type: "input", data })),
    resize: (cols, rows) => socket.send(JSON.stringify({ type: "resize", cols, rows })),
    screen: () => screen,
    run: async (command, expected) => {
      const from = screen.length;
      terminal.type(`${command}\r`);
      const found = (text: string) => (typeof expected === "string" ? text.includes(expected) : expected.test(text));
      const isThere = (text: string) => found(text) || found(plainLines(text));
      try {
        return await until("it", () => (isThere(screen.slice(from)) ? screen.slice(from) : undefined));
      } catch {
        throw new Error(
          `${expected} never came after ${command}; what came is ${JSON.stringify(screen.slice(from).slice(-2000))}`,
        );
      }
    },
    messages: () => messages,
    closed,
    close: () => socket.close(),
  };
  await until("a prompt", () => {
    if (socket.readyState === WebSocket.CLOSED) throw new Error(`the terminal at ${url} was closed before its first prompt`);
    return /\$ /.test(screen);
  });
  return terminal;
}
