import { Problem } from "../../agent/contract/errors.ts";
import type { FailureLimits, Limit } from "../people/limits.ts";
import type { Caller } from "../services.ts";
import { InputProblem } from "./input.ts";
import { codeKey, noCode } from "./names.ts";
import type { Workshop } from "./record.ts";
import type { Store } from "./store.ts";

/** Wrong codes of one browser within a minute. */
const BROWSER_FAILURES = 10;
/**
 * Wrong codes of one address within a minute: three classes of thirty mistype behind it. A code has one of 132 words and four of 29
 * characters: 93 million; with ten workshops running this finds one of them in two months.
 */
const ADDRESS_FAILURES = 120;
/** Pairs of workshop and address that are remembered; the oldest goes first, and loses no more than this favour. */
const TYPED_HERE = 10_000;

/** Workshops by their codes, wherever one is typed: wrong ones are counted together. */
export class Codes {
  /** Workshop and address from which its code was typed rightly. */
  readonly #typedHere = new Set<string>();

  constructor(
    private readonly store: Pick<Store, "byCode">,
    private readonly limits: FailureLimits,
  ) {}

  /**
   * Behind an address from which it was typed before, a right code is no luck: who mistypes there locks nobody out.
   * @param typed in any case, with spaces, without the hyphen
   * @throws InputProblem of the field `code` · NOT_FOUND · RATE_LIMITED with retryAfterSeconds
   */
  async find(typed: string, caller: Caller): Promise<Workshop> {
    const key = codeKey(typed);
    if (!key) throw new InputProblem({ code: noCode(typed) });
    const workshop = await this.store.byCode(key);
    const here = `${workshop?.id} ${caller.address}`;
    if (workshop && this.#typedHere.has(here)) return workshop;
    const takeBack = this.limits.begin(limitsOf(caller));
    const shown = typed.trim().toUpperCase().slice(0, 20);
    if (!workshop)
      throw new Problem("NOT_FOUND", `No workshop has the code ${shown}. Compare it with the board, letter by letter.`);
    takeBack();
    this.#typedHere.add(here);
    const [oldest] = this.#typedHere;
    if (this.#typedHere.size > TYPED_HERE && oldest !== undefined) this.#typedHere.delete(oldest);
    return workshop;
  }
}

/** A code that is none is no workshop's; who tried too many has to wait. */
export function unlessLimited(thrown: unknown): undefined {
  if (!(thrown instanceof Problem) || thrown.code === "RATE_LIMITED") throw thrown;
}

function limitsOf({ browser, address }: Caller): Limit[] {
  const shared = {
    kind: "code by address",
    key: address,
    most: ADDRESS_FAILURES,
    says: "Too many wrong codes from your network.",
  };
  const own = { kind: "code by browser", most: BROWSER_FAILURES, says: "Too many wrong codes from this browser." };
  return browser ? [{ ...own, key: browser }, shared] : [shared];
}
