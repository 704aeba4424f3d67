import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RelayWish } from "../../agent/contract/llm.ts";
import type { MachineDocument } from "../../agent/contract/machine.ts";
import { type Upstream, upstreamOf } from "../../agent/contract/upstream.ts";
import { openRelay, type Relay } from "../../agent/relay/relay.ts";
import { openTokens } from "../../agent/relay/tokens.ts";
import type { SeatHandle } from "../../agent/seats/seat.ts";
import { type LocalSeat, localSeat } from "./local-seat.ts";
import { startUpstream, type TestUpstream } from "./upstream.ts";

/** The instructor's; in no answer, header or file of a seat. */
export const KEY = "sk-ant-api03-THE-INSTRUCTORS-OWN-key_0123456789-abcdefghijklmnop";

export interface TestRelay {
  relay: Relay;
  upstream: TestUpstream;
  directory: string;
  /** `http://127.0.0.1:PORT` of a seat. */
  address(seat: number): string;
  token(seat: number, generation?: number): string;
  /** A message of a seat as the CLI sends it. */
  ask(seat: number, more?: Asking): Promise<Response>;
  /** The document's part changes, as by a PUT. */
  wish(wish: RelayWish): void;
  document: MachineDocument;
  trouble: unknown[];
  /** The same machine's next agent. */
  again(): Promise<TestRelay>;
  end(): Promise<void>;
}

export interface Asking {
  token?: string;
  path?: string;
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** A relay with seats that are ports on this computer, and an upstream of its own that asks for a key. */
export async function startRelay(seats = 2, upstream = startUpstream(), at: Partial<Upstream> = {}): Promise<TestRelay> {
  const directory = mkdtempSync(join(tmpdir(), "ct-relay-"));
  return open({ seats, upstream, directory, key: randomBytes(32), at });
}

interface Parts {
  seats: number;
  upstream: TestUpstream;
  directory: string;
  key: Uint8Array;
  at: Partial<Upstream>;
}

async function open(parts: Parts): Promise<TestRelay> {
  const { upstream, directory, key } = parts;
  const numbers = Array.from({ length: parts.seats }, (_, index) => index + 1);
  const document = {
    phase: "running",
    seats: numbers.map((seat) => ({ seat, generation: 1, freshSince: 1 })),
  } as MachineDocument;
  const tokens = openTokens(key, "ws-test");
  const trouble: unknown[] = [];
  const relay = openRelay({
    ...{ directory, tokens, document: () => document, open: () => document.phase === "running" },
    upstream: { ...upstreamOf(upstream.url), needsKey: true, ...parts.at },
    changed: () => {},
    trouble: (error) => trouble.push(error),
  });
  const places = new Map<number, { seat: LocalSeat; port: number }>(
    numbers.map((seat) => [seat, { seat: localSeat(seat), port: freePort() }]),
  );
  for (const { seat, port } of places.values()) relay.openSeat({ ...seat, relayPort: port } as SeatHandle);
  const address = (seat: number) => `http://127.0.0.1:${places.get(seat)?.port}`;
  const token = (seat: number, generation = 1) => tokens.of(seat, generation);
  const close = async () => {
    await relay.close();
    for (const { seat } of places.values()) seat.end();
  };
  return {
    ...{ relay, upstream, directory, document, trouble, address, token },
    ask: (seat, { path = "/v1/messages?beta=true", method = "POST", body = QUESTION, headers, signal, ...more } = {}) =>
      fetch(address(seat) + path, {
        method,
        headers: {
          authorization: `Bearer ${more.token ?? token(seat)}`,
          "content-type": "application/json",
          "anthropic-version": "2023-06-01",
          ...headers,
        },
        ...(method === "POST" && { body: isBytes(body) ? body : JSON.stringify(body) }),
        ...(signal && { signal }),
      } as RequestInit),
    wish: (wish) => {
      document.relay = wish;
      relay.look();
    },
    again: async () => {
      await close();
      return open(parts);
    },
    end: async () => {
      await close();
      await upstream.end();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** What the CLI shows of an answer that is an error. */
export const sentence = async (answer: Response): Promise<string> =>
  ((await answer.json()) as { error: { message: string } }).error.message;

const QUESTION = { model: "claude-haiku-4-5", stream: true, max_tokens: 100, messages: [{ role: "user", content: "Hi" }] };

const isBytes = (body: unknown): body is string | Uint8Array | ReadableStream =>
  typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream;

/** A moment later somebody could have it; nobody else asks for ports here. */
function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

/** `PUT /v1/relay/key`. */
export const putKey = (relay: Relay, apiKey: string = KEY): Promise<Response> =>
  relay.putKey(new Request("http://machine/v1/relay/key", { method: "PUT", body: JSON.stringify({ apiKey }) }));
