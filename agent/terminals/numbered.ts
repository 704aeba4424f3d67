import { type AgentFrame, decodeInput, parseClientFrame } from "../contract/terminal.ts";
import { bad, type Heard, type Wire } from "./wire.ts";

/** `clarateach.v1`: binary output as is, numbered input taken once. */
export class NumberedWire implements Wire {
  #greeted = false;
  /** The last number taken; undefined before welcome. */
  #taken: number | undefined;
  /** Input of this socket so far: from its first number on there are no gaps. */
  #any = false;

  hear(frame: string | Uint8Array): Heard {
    if (typeof frame !== "string") return this.#input(frame);
    const said = parseClientFrame(frame);
    if (!said || said.type === "input") return bad("text frames are hello, resize or ping");
    if (said.type === "ping") return said;
    const size = { cols: said.cols, rows: said.rows };
    if (said.type === "resize") return { type: "resize", size };
    if (this.#greeted) return bad("hello came twice");
    this.#greeted = true;
    return { type: "hello", client: said.client, size };
  }

  encode(output: Uint8Array): Uint8Array {
    return output;
  }

  welcome(taken: number, viewers: number, life: string | undefined): AgentFrame {
    this.#taken = taken;
    return { type: "welcome", taken, viewers, ...(life !== undefined && { life }) };
  }

  viewers(count: number): AgentFrame | undefined {
    return this.#taken === undefined ? undefined : { type: "viewers", count };
  }

  terminals(): AgentFrame | undefined {
    return this.#taken === undefined ? undefined : { type: "terminals" };
  }

  driven(): AgentFrame | undefined {
    return this.#taken === undefined ? undefined : { type: "driven" };
  }

  #input(frame: Uint8Array): Heard {
    const input = decodeInput(frame);
    if (!input || this.#taken === undefined) return bad("input is a number and at most 16 KiB, after welcome");
    // The first number may lie above `taken + 1`: this agent's memory can be younger than the page (a repaired machine).
    if (this.#any && input.seq > this.#taken + 1) return bad(`input ${input.seq} came after ${this.#taken}`);
    this.#any = true;
    if (input.seq <= this.#taken) return { type: "again", seq: this.#taken };
    this.#taken = input.seq;
    return { type: "input", ...input };
  }
}
