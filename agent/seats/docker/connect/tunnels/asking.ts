import type { Socket } from "bun";
import { pass } from "../../../splice.ts";
import { isAllowed, Messages, REFUSAL } from "./agent-messages.ts";
import type { Pace } from "./pace.ts";

/** OpenSSH's client asks for one thing that it doesn't get, and goes on; who asks for more isn't after a signature. */
const REFUSALS = 16;
/** From a question's first byte to its last; a program writes it at once. */
export const QUESTION_MS = 10_000;
/** Somebody may have to touch a security key first. */
const ANSWER_MS = 120_000;

/** One program of a seat that asks the operator's SSH agent. One question is on its way at a time; meanwhile nothing more is read. */
export class Asking {
  readonly #questions = new Messages();
  readonly #answers = new Messages();
  #keys: Socket | undefined;
  readonly #toKeys: Uint8Array[] = [];
  readonly #toProgram: Uint8Array[] = [];
  /** Runs while an answer is waited for. */
  #patience: Timer | undefined;
  /** While a question has begun and isn't whole. */
  #deadline: Timer | undefined;
  /** That came too soon after others, and until it may be asked. */
  #early: Uint8Array | undefined;
  #rest: Timer | undefined;
  #refusals = 0;

  /** @param pace of all programs of the seat */
  constructor(
    readonly program: Socket<Asking>,
    readonly pace: Pace,
  ) {
    program.pause();
  }

  /** @param unix socket of the operator's agent; when nobody answers there, the program is told so by the end */
  async reach(unix: string): Promise<void> {
    const over = () => this.end();
    const socket = {
      data: (_keys: Socket, bytes: Uint8Array) => this.#answered(bytes),
      drain: (keys: Socket) => void pass(this.#toKeys, keys),
      ...{ close: over, error: over },
    };
    try {
      this.#keys = await Bun.connect({ unix, socket });
    } catch {
      return this.end();
    }
    if (this.program.readyState <= 0) this.end();
    else this.go();
  }

  asked(bytes: Uint8Array): void {
    this.#questions.add(bytes);
    this.go();
  }

  /** On to the next question, when the last one is answered and the answer taken. */
  go(): void {
    if (!this.#keys || this.#patience || this.#rest || !pass(this.#toProgram, this.program)) return;
    const question = this.#early ?? this.#next(this.#questions);
    if (question) this.#take(question, this.#keys);
    else this.#listen();
  }

  end(): void {
    for (const timer of [this.#patience, this.#deadline, this.#rest]) clearTimeout(timer);
    this.program.terminate();
    this.#keys?.terminate();
  }

  #take(question: Uint8Array, keys: Socket): void {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    this.program.pause();
    const wait = this.pace.wait();
    this.#early = wait > 0 ? question : undefined;
    if (wait > 0) this.#goAfter(wait);
    else if (isAllowed(question)) this.#ask(keys, question);
    else if (++this.#refusals > REFUSALS) this.end();
    else this.#tell(REFUSAL);
  }

  #goAfter(wait: number): void {
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      this.go();
    }, wait);
  }

  /** Whoever says nothing may stay; a question that has begun has to end. */
  #listen(): void {
    // What it asked couldn't be read, and that was its end.
    if (this.program.readyState <= 0) return;
    if (this.#questions.isBegun) this.#deadline ??= setTimeout(() => this.end(), QUESTION_MS);
    this.program.resume();
  }

  #ask(keys: Socket, question: Uint8Array): void {
    this.#patience = setTimeout(() => this.end(), ANSWER_MS);
    this.#toKeys.push(question);
    pass(this.#toKeys, keys);
  }

  #answered(bytes: Uint8Array): void {
    this.#answers.add(bytes);
    const answer = this.#next(this.#answers);
    if (!answer || !this.#patience) return;
    clearTimeout(this.#patience);
    this.#patience = undefined;
    this.#tell(answer);
  }

  #tell(answer: Uint8Array): void {
    this.#toProgram.push(answer);
    this.go();
  }

  #next(messages: Messages): Uint8Array | undefined {
    try {
      return messages.next();
    } catch {
      this.end();
      return undefined;
    }
  }
}
