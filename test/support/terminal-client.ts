import { type AgentFrame, encodeInput, TERMINAL_V1 } from "../../agent/contract/terminal.ts";
import { until } from "./until.ts";

/** A page without a page: speaks `clarateach.v1` or the seeds' plain JSON. */
export class TerminalClient {
  readonly frames: AgentFrame[] = [];
  output = "";
  bytes = 0;
  closed: { code: number; reason: string } | undefined;
  readonly socket: WebSocket;
  readonly #decoder = new TextDecoder();

  constructor(url: string, { v1 = true, headers = {} }: { v1?: boolean; headers?: Record<string, string> } = {}) {
    this.socket = new WebSocket(url, { headers, ...(v1 && { protocols: [TERMINAL_V1] }) } as unknown as string[]);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = ({ data }) => this.#take(data as string | ArrayBuffer);
    this.socket.onclose = ({ code, reason }) => {
      this.closed = { code, reason };
    };
  }

  /** Connected, greeted and welcomed. */
  static async hello(
    url: string,
    client = newClient(),
    cols = 80,
    rows = 24,
    headers: Record<string, string> = {},
  ): Promise<TerminalClient> {
    const page = new TerminalClient(url, { headers });
    await page.open();
    page.send({ type: "hello", client, cols, rows });
    await page.frame("welcome");
    return page;
  }

  async open(): Promise<this> {
    await until("the socket to open", () => this.socket.readyState === WebSocket.OPEN);
    return this;
  }

  send(frame: unknown): void {
    this.socket.send(JSON.stringify(frame));
  }

  input(seq: number, text: string): void {
    this.socket.send(encodeInput(seq, new TextEncoder().encode(text)));
  }

  /** The last frame of a type, waited for. */
  frame<T extends AgentFrame["type"]>(type: T): Promise<Extract<AgentFrame, { type: T }>> {
    return until(`a frame ${type}`, () => this.last(type));
  }

  last<T extends AgentFrame["type"]>(type: T): Extract<AgentFrame, { type: T }> | undefined {
    return this.frames.findLast((frame): frame is Extract<AgentFrame, { type: T }> => frame.type === type);
  }

  shows(text: string): Promise<boolean> {
    return until(`output ${JSON.stringify(text)} in ${JSON.stringify(this.output.slice(-300))}`, () =>
      this.output.includes(text),
    );
  }

  close(): void {
    this.socket.close();
  }

  #take(data: string | ArrayBuffer): void {
    if (typeof data !== "string") {
      this.bytes += data.byteLength;
      // Only what tests look at: a flood isn't kept.
      this.output = (this.output + this.#decoder.decode(data, { stream: true })).slice(-200_000);
      return;
    }
    const frame = JSON.parse(data) as AgentFrame;
    if (frame.type === "output") this.output += frame.data;
    else this.frames.push(frame);
  }
}

export const newClient = (): string => Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString("hex");
