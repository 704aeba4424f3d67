import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { PeerHandler } from "../../../agent/contract/peer.ts";
import { encodeInput, INPUT_LIMIT, TERMINAL_V1, UNACKED_LIMIT } from "../../../agent/contract/terminal.ts";
import type { Pty, SeatHandle } from "../../../agent/seats/seat.ts";
import { InputLedger } from "../../../agent/terminals/ledger.ts";
import { Terminals } from "../../../agent/terminals/terminals.ts";
import { Outbox } from "../../../views/client/workspace/terminal/outbox.ts";
import { ONE_LIFE } from "../../support/one-life.ts";
import { newClient } from "../../support/terminal-client.ts";
import { until } from "../../support/until.ts";

/** What may happen to a page and its line, in any order. */
type Step =
  | { do: "type"; bytes: Uint8Array; passing: boolean }
  /** So many frames arrive, the first of them perhaps twice. */
  | { do: "deliver"; frames: number; twice: boolean }
  /** An acknowledgement that was made some numbers ago: late ones come after newer ones. */
  | { do: "ack"; late: number }
  /** The line is cut; so many frames on the way still arrive. */
  | { do: "cut"; arrive: number }
  | { do: "restart" };

/** The byte that stands for a terminal's answer to a query; nobody types it. */
const ANSWER = 255;

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("type" as const), bytes: typed(), passing: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("deliver" as const), frames: fc.nat(5), twice: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("ack" as const), late: fc.nat(4) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("cut" as const), arrive: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.constant({ do: "restart" as const }) },
);

function typed(): fc.Arbitrary<Uint8Array> {
  const key = fc.uint8Array({ minLength: 1, maxLength: 4, max: ANSWER - 1 });
  const paste = fc
    .integer({ min: INPUT_LIMIT - 2, max: 2 * INPUT_LIMIT + 2 })
    .map((size) => new Uint8Array(size).fill(size % 251));
  return fc.oneof({ weight: 9, arbitrary: key }, { weight: 1, arbitrary: paste });
}

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "ct-numbered-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("whatever the line does, the shell gets exactly what was typed", async () => {
  let run = 0;
  const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
    const world = new World(join(directory, `ledger-${run++}`));
    await world.connect();
    for (const each of steps) await world.take(each);
    await world.settle();
    expect(world.shell()).toEqual(world.typed());
    world.close();
  });
  await fc.assert(property, { numRuns: 300 });
});

/** One page, one agent, and a line between them on which nothing moves by itself. */
class World {
  readonly #client = newClient();
  readonly #outbox = new Outbox();
  readonly #typed: Uint8Array[] = [];
  readonly #shell: Uint8Array[] = [];
  #up: Uint8Array[] = [];
  #taken: number[] = [0];
  #ledger: InputLedger;
  #terminals: Terminals;
  #handler: PeerHandler | undefined;
  #welcomed = false;

  constructor(readonly path: string) {
    this.#ledger = new InputLedger(path);
    this.#terminals = new Terminals(this.#ledger, ONE_LIFE);
  }

  shell = (): Buffer => Buffer.from(Buffer.concat(this.#shell).filter((byte) => byte !== ANSWER));
  typed = (): Buffer => Buffer.concat(this.#typed);

  async take(each: Step): Promise<void> {
    if (each.do === "type") this.#type(each.bytes, each.passing);
    if (each.do === "deliver") this.#deliver(each.frames, each.twice);
    if (each.do === "ack") this.#outbox.acked(this.#taken.at(-1 - each.late) ?? 0);
    if (each.do === "cut") await this.#cut(each.arrive);
    if (each.do === "restart") await this.#restart();
  }

  async connect(): Promise<void> {
    this.#welcomed = false;
    const peer = { send: (data: string | Uint8Array) => this.#down(data), close: fail, pause() {}, resume() {} };
    this.#handler = this.#terminals.view(recorder(this.#shell), peer, TERMINAL_V1);
    this.#handler.message(JSON.stringify({ type: "hello", client: this.#client, cols: 80, rows: 24 }));
    while (!this.#welcomed) await Promise.resolve();
  }

  async settle(): Promise<void> {
    await this.#cut(0);
    this.#deliver(Number.POSITIVE_INFINITY, false);
  }

  close(): void {
    this.#handler?.close();
    this.#ledger.close();
  }

  /** An answer of the terminal to a query is of one connection: it may be lost with it, so it isn't counted here. */
  #type(bytes: Uint8Array, passing: boolean): void {
    const kept = this.#outbox.add(passing ? Uint8Array.of(ANSWER) : bytes, passing);
    if (kept && !passing) this.#typed.push(bytes);
    this.#push();
  }

  #push(): void {
    this.#up.push(...this.#outbox.unsent());
  }

  #deliver(frames: number, twice: boolean): void {
    const arrived = this.#up.splice(0, frames);
    const [first] = arrived;
    if (first && twice) this.#handler?.message(first);
    for (const frame of arrived) this.#handler?.message(frame);
    this.#taken.push(this.#ledger.taken(1, this.#client));
  }

  async #cut(arrive: number): Promise<void> {
    this.#deliver(arrive, false);
    this.#up = [];
    this.#handler?.close();
    await this.connect();
  }

  async #restart(): Promise<void> {
    this.#up = [];
    this.#handler?.close();
    this.#ledger.close();
    this.#ledger = new InputLedger(this.path);
    this.#terminals = new Terminals(this.#ledger, ONE_LIFE);
    await this.connect();
  }

  #down(data: string | Uint8Array): number {
    const frame = typeof data === "string" ? JSON.parse(data) : {};
    if (frame.type === "welcome") {
      this.#outbox.welcomed(frame.taken);
      this.#welcomed = true;
      this.#push();
    }
    return 1;
  }
}

const fail = (code: number, reason: string): never => {
  throw new Error(`the agent closed: ${code} ${reason}`);
};

/** A seat that only writes down what its shell is given. */
function recorder(shell: Uint8Array[], drained = Promise.resolve()): SeatHandle {
  const pty: Pty = {
    onData() {},
    exited: new Promise(() => {}),
    write: (bytes) => shell.push(bytes.slice()) > 0,
    drained,
    pause() {},
    resume() {},
    resize() {},
    close() {},
  };
  return { seat: 1, attach: async () => pty } as unknown as SeatHandle;
}

test("a page that comes again waits until what it typed before is with the shell", async () => {
  const ledger = new InputLedger(join(directory, "order"));
  const terminals = new Terminals(ledger, ONE_LIFE);
  const client = newClient();
  const reading = Promise.withResolvers<void>();
  const frames: string[] = [];
  const peer = { send: (data: string | Uint8Array) => frames.push(String(data)), close() {}, pause() {}, resume() {} };
  const hello = JSON.stringify({ type: "hello", client, cols: 80, rows: 24 });
  const enter = (seat: SeatHandle) => {
    const handler = terminals.view(seat, peer, TERMINAL_V1);
    handler.message(hello);
    return handler;
  };
  const before = enter(recorder([], reading.promise));
  await until("the first welcome", () => frames.length === 1);
  before.message(encodeInput(1, new Uint8Array([65])));
  const after = enter(recorder([]));
  before.close();
  await new Promise(setImmediate);
  expect(frames.length).toBe(1);
  reading.resolve();
  await until("the second welcome", () => frames.length === 2);
  expect(frames[1]).toContain('"taken":1');
  after.close();
  ledger.close();
});

test("a paste that doesn't fit leaves nothing behind, and room comes with acknowledgements", () => {
  const outbox = new Outbox();
  expect(outbox.add(new Uint8Array(UNACKED_LIMIT))).toBe(true);
  expect(outbox.unsent().length).toBe(UNACKED_LIMIT / INPUT_LIMIT);
  expect(outbox.add(new Uint8Array(1))).toBe(false);
  expect(outbox.size).toBe(UNACKED_LIMIT);
  outbox.acked(1);
  expect(outbox.add(new Uint8Array(INPUT_LIMIT))).toBe(true);
  outbox.acked(UNACKED_LIMIT / INPUT_LIMIT);
  expect(outbox.size).toBe(INPUT_LIMIT);
});

test("no piece ends inside a character, wherever it falls", () => {
  for (const before of [0, 1, 2, 3]) {
    const outbox = new Outbox();
    const typed = "a".repeat(before) + "🌱ä日".repeat(8000);
    outbox.add(new TextEncoder().encode(typed));
    const strict = new TextDecoder("utf-8", { fatal: true });
    const pieces = outbox.unsent().map((frame) => strict.decode(frame.subarray(4)));
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.join("")).toBe(typed);
  }
});

test("keys of an offline hour become few frames", () => {
  const outbox = new Outbox();
  for (let i = 0; i < 5000; i++) outbox.add(new Uint8Array([65]));
  expect(outbox.unsent().length).toBe(1);
});

test("a terminal's answer to a query doesn't reach the next connection", () => {
  const outbox = new Outbox();
  const text = new TextEncoder();
  outbox.add(text.encode("a"));
  outbox.unsent();
  outbox.add(text.encode("\x1b[?1;2c"), true);
  outbox.add(text.encode("b"));
  outbox.unsent();
  outbox.welcomed(0);
  const frames = outbox.unsent().map((frame) => [frame[3], new TextDecoder().decode(frame.subarray(4))]);
  expect(frames).toEqual([
    [1, "a"],
    [2, ""],
    [3, "b"],
  ]);
});

test("a page that meets a younger agent goes on; one that meets an older one too", () => {
  const outbox = new Outbox();
  outbox.add(new Uint8Array([65]));
  outbox.unsent();
  outbox.welcomed(900);
  expect(outbox.size).toBe(0);
  outbox.add(new Uint8Array([66]));
  expect(new DataView((outbox.unsent()[0] ?? new Uint8Array(4)).buffer).getUint32(0)).toBe(901);
});
