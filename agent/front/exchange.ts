import type { Socket } from "bun";
import { type BodyReader, readBody, type Taken } from "./answer-body.ts";
import { type AnswerHead, HeadBytes, readHead } from "./answer-head.ts";
import { giveBack } from "./give-back.ts";
import type { Field } from "./headers.ts";

/** What is handed on at once: of larger pieces Bun's TLS moves what is left again and again. */
const SLICE = 64 * 1024;
/** 103 and the like, before the answer itself. */
const INTERIM_LIMIT = 16;

export interface Answer {
  status: number;
  fields: readonly Field[];
  /** Bytes: all of it, which came with its head. Of a stream each piece is free once the next is asked for: Bun's server has copied it by then. */
  body: Uint8Array | ReadableStream<Uint8Array> | null;
}

/** What an exchange needs of its connection. */
export type Line = Pick<Socket<unknown>, "pause" | "resume" | "terminate">;

/** One call's answer on one connection: its bytes as they come, no faster than its reader takes them. */
export class Exchange {
  readonly answer: Promise<Answer>;
  /** Nothing came yet. */
  isFresh = true;
  readonly #resolve: (answer: Answer) => void;
  readonly #reject: (error: Error) => void;
  #headBytes = new HeadBytes();
  #interim = 0;
  #head: AnswerHead | undefined;
  #body: BodyReader | undefined;
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  #waiting: Buffer[] = [];
  /** Their bytes may still be on their way. */
  #came: Buffer[] = [];
  #wake: (() => void) | undefined;
  #isPaused = false;
  #isDone = false;

  /** @param over called once: whether the connection may be kept. It may be called while the body's end still waits to be taken */
  constructor(
    private readonly line: Line,
    private readonly method: string,
    private readonly over: (keeps: boolean) => void,
  ) {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.answer = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** The connection brought something. */
  take(piece: Buffer): void {
    this.isFresh = false;
    try {
      if (this.#stream) this.#came.push(piece);
      const rest = this.#body ? piece : this.#takeHead(piece);
      if (rest && this.#body) this.#takeBody(this.#body.take(rest));
    } catch (cause) {
      this.fail(cause as Error);
    }
  }

  /** The connection is gone. */
  cut(): void {
    if (this.#isDone) return;
    if (this.#body?.endsWithConnection) this.#takeBody({ body: [], isDone: true, isSpoiled: true });
    else this.fail(new Error("it hung up in the middle of its answer"));
  }

  /** The client left, or the answer is none. */
  fail(error: Error): void {
    if (this.#isDone) return;
    this.#finish(false);
    this.#reject(error);
    this.#waiting = [];
    this.#stream?.error(error);
    this.#wake?.();
  }

  /** @returns what came after the head */
  #takeHead(piece: Buffer): Buffer | undefined {
    let found = this.#headBytes.take(piece);
    while (found) {
      const head = readHead(found.text, this.method);
      if (head.status === 101) throw new Error("it changed to another protocol, for which nobody asked");
      if (head.status >= 200) {
        this.#head = head;
        this.#body = readBody(head.framing);
        return found.after;
      }
      this.#interim += 1;
      if (this.#interim > INTERIM_LIMIT) throw new Error("it answers without an end");
      this.#headBytes = new HeadBytes();
      found = this.#headBytes.take(found.after);
    }
    return undefined;
  }

  #takeBody({ body, isDone, isSpoiled }: Taken): void {
    const { status, fields, keeps, framing } = this.#head as AnswerHead;
    if (isDone) this.#finish(keeps && !isSpoiled);
    if (this.#stream) this.#give(body);
    else if (!isDone) this.#resolve({ status, fields, body: this.#open(body) });
    else this.#resolve({ status, fields, body: framing.by === "none" ? null : whole(body) });
  }

  #finish(keeps: boolean): void {
    this.#isDone = true;
    this.over(keeps);
  }

  #open(first: Buffer[]): ReadableStream<Uint8Array> {
    this.#hold(first);
    const stream = {
      start: (controller: ReadableStreamDefaultController<Uint8Array>) => {
        this.#stream = controller;
      },
      pull: () => this.#next(),
      cancel: () => this.fail(new Error("the client left")),
    };
    return new ReadableStream<Uint8Array>(stream, { highWaterMark: 0 });
  }

  /** For a reader who may be waiting. */
  #give(body: Buffer[]): void {
    this.#hold(body);
    if (!this.#wake || (this.#waiting.length === 0 && !this.#isDone)) return;
    this.#slice();
    this.#wake?.();
    this.#wake = undefined;
  }

  /** What came in one event waits here, and the connection with it unless the reader takes all of it at once. */
  #hold(body: Buffer[]): void {
    for (const piece of body) if (piece.length > 0) this.#waiting.push(piece);
    const [first, second] = this.#waiting;
    const isTaken = this.#wake && !second && (first?.length ?? 0) <= SLICE;
    if (!first || isTaken || this.#isDone || this.#isPaused) return;
    this.#isPaused = true;
    this.line.pause();
  }

  #next(): Promise<void> | void {
    if (this.#waiting.length === 0) for (const piece of this.#came.splice(0)) giveBack(piece as Buffer<ArrayBuffer>);
    if (this.#waiting.length > 0 || this.#isDone) return this.#slice();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #slice(): void {
    const piece = this.#waiting.shift();
    if (piece && piece.length > SLICE) this.#waiting.unshift(piece.subarray(SLICE));
    if (piece) this.#stream?.enqueue(piece.subarray(0, SLICE));
    if (this.#waiting.length > 0) return;
    if (this.#isDone) this.#stream?.close();
    else if (this.#isPaused) this.line.resume();
    this.#isPaused = false;
  }
}

const whole = ([first, ...more]: Buffer[]): Buffer =>
  first && more.length === 0 ? first : Buffer.concat(first ? [first, ...more] : []);
