import type { Logger } from "pino";
import { Problem } from "../../../agent/contract/errors.ts";
import type { Upstream } from "../../../agent/contract/upstream.ts";
import type { Secrets } from "../../../provision/cloud.ts";
import type { KeyTrial, LlmView } from "../../../views/llm.ts";
import type { LlmService } from "../../services.ts";
import type { Driver } from "../drive.ts";
import { InputProblem, keyProblem } from "../input.ts";
import { ownedWorkshop } from "../owned.ts";
import type { Held } from "../record.ts";
import type { Reports } from "../reports.ts";
import type { Store } from "../store.ts";
import { taken } from "../taken.ts";
import type { Watching } from "../watch.ts";
import { secretName } from "../workshop.ts";
import { allottedAnew } from "./allot.ts";
import { checkedPatch } from "./input.ts";
import { showLlm } from "./show.ts";
import { tryKey } from "./try-key.ts";
import { patched } from "./wish.ts";

export interface LlmTools {
  store: Store;
  secrets: Secrets;
  driver: Driver;
  reports: Reports;
  watching: Watching;
  upstream: Upstream;
  log: Logger;
}

/** The key of a class, what may be used of it and what was. */
export class Llm implements LlmService {
  constructor(private readonly tools: LlmTools) {}

  async find(owner: string, id: string): Promise<LlmView> {
    const whole = await ownedWorkshop(this.tools.store, owner, id);
    await this.tools.reports.refresh(whole);
    return showLlm(whole, this.tools.reports.seen(whole));
  }

  async change(owner: string, id: string, body: Readonly<Record<string, unknown>>): Promise<LlmView> {
    const { workshop } = await ownedWorkshop(this.tools.store, owner, id);
    const patch = checkedPatch(body, workshop.seats);
    const after = await this.tools.store.change(id, (held) => {
      requireOpen(held);
      const llm = patched(held.workshop.llm, patch);
      const wanted = { ...held, workshop: { ...held.workshop, llm, document: held.workshop.document + 1 } };
      if (llm.workshopUsd === null) return { ...wanted, workshop: { ...wanted.workshop, llm: { ...llm, allotted: {} } } };
      return allottedAnew(wanted) ?? wanted;
    });
    this.#changed(id);
    await taken(this.tools.store, id, after?.workshop.document ?? 0);
    return this.find(owner, id);
  }

  async topUp(owner: string, id: string, seat: number): Promise<void> {
    const { seats, seatUsd } = await this.find(owner, id);
    const found = seats.find((one) => one.seat === seat);
    if (!found) throw new Problem("NOT_FOUND", `There is no seat ${seat} in this workshop.`);
    const more = Math.max(found.limitUsd, found.usd ?? 0) + (seatUsd || TOP_UP_USD);
    await this.change(owner, id, { seats: [{ seat, limitUsd: Math.round(more * 100) / 100 }] });
  }

  async replaceKey(owner: string, id: string, apiKey: unknown): Promise<void> {
    const problem = keyProblem(apiKey);
    if (problem) throw new InputProblem({ apiKey: problem });
    requireOpen(await ownedWorkshop(this.tools.store, owner, id));
    const name = secretName(id);
    await this.tools.secrets.put(name, apiKey as string);
    try {
      await this.tools.store.change(id, (held) => {
        requireOpen(held);
        const { trial: _, ...llm } = held.workshop.llm;
        return { ...held, workshop: { ...held.workshop, llm: { ...llm, keyVersion: llm.keyVersion + 1 } } };
      });
    } catch (cause) {
      // It was stopped meanwhile, and its sealed key is gone or about to be: this one must not outlive it.
      await this.tools.secrets.remove(name);
      throw cause;
    }
    this.#changed(id);
    this.tried(id, apiKey as string);
  }

  async try(apiKey: unknown): Promise<KeyTrial | { problem: string }> {
    const problem = keyProblem(apiKey);
    return problem ? { problem } : tryKey(this.tools.upstream, apiKey as string);
  }

  /** Tries a sealed key, and keeps how it did as soon as that is known: nothing waits for it. */
  tried(id: string, apiKey: string): void {
    void this.#try(id, apiKey).catch((error) =>
      this.tools.log.warn({ err: error, workshop: id }, "a key's trial could not be kept"),
    );
  }

  async #try(id: string, apiKey: string): Promise<void> {
    const version = (await this.tools.store.whole(id))?.workshop.llm.keyVersion;
    const trial = await tryKey(this.tools.upstream, apiKey);
    await this.tools.store.change(id, (held) => {
      const { llm } = held.workshop;
      // Another key was sealed while this one was tried.
      return llm.keyVersion === version ? { ...held, workshop: { ...held.workshop, llm: { ...llm, trial } } } : held;
    });
    this.tools.watching.hint(id);
  }

  #changed(id: string): void {
    this.tools.driver.wake(id);
    this.tools.watching.hint(id);
  }
}

/** Of a class whose seats have no cap of their own to speak of. */
const TOP_UP_USD = 1;

function requireOpen({ workshop }: Held): void {
  if (workshop.state !== "stopping" && workshop.state !== "stopped") return;
  throw new Problem("STATE_CONFLICT", `The workshop is ${workshop.state}: nothing of Claude’s can be changed any more.`);
}
