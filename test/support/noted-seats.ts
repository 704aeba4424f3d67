import { NOTHING } from "../../agent/contract/leftovers.ts";
import type { Json } from "../../agent/engine/memory.ts";
import type { Handler, TaskRun, TaskSpec } from "../../agent/engine/task.ts";
import type { ByHand } from "../../agent/interfaces/resolve.ts";
import type { MakeRuntime, Runtime, SeatWish } from "../../agent/seats/runtime.ts";
import type { SeatHandle } from "../../agent/seats/seat.ts";

export interface NotedSeat {
  running: boolean;
  definition?: string | undefined;
  byHand?: ByHand | undefined;
}

/** Seats that are notes only, for what is decided and not for how it is done. They outlive their manager. */
export class NotedSeats {
  readonly seats = new Map<number, NotedSeat>();
  /** `renew 1`, and `back renew 1` of its undo, each when it took effect. */
  readonly did: string[] = [];
  /** Called before a task of `did` takes effect; may throw. */
  before: (what: string, task: TaskRun) => void | Promise<void> = () => {};

  /** Whether another definition makes another seat. */
  differs = true;

  /** As they are now. */
  copy(): NotedSeats {
    const copy = new NotedSeats();
    for (const [seat, notes] of this.seats) copy.seats.set(seat, { ...notes });
    copy.did.push(...this.did);
    return copy;
  }

  /** A definition that begins with the same word differs only in what is live. */
  readonly make: MakeRuntime = () => {
    const runtime: Runtime = {
      ...{ name: "docker", isolation: "container" },
      open: async () => {},
      close: async () => {},
      prepare: (wishes) => [task("build", wishes[0])],
      makeSeat: (wish) => [task("make", wish), task("set-up", wish)],
      repairSeat: (wish) => [task("repair", wish)],
      stopSeat: (seat) => [task("stop", { seat })],
      removeSeat: (seat) => [task("remove", { seat })],
      renewSeat: (wish, how, then) => [
        task("renew", wish),
        task(how === "restore" ? "restore" : "hook", wish),
        then,
        { ...task("drop", wish), lanes: [1000 + wish.seat] },
      ],
      connectSeat: (wish) => [task("connect", wish)],
      compare: async (from, to) => {
        if (from.definition === to.definition || !this.differs) return "same";
        return from.definition?.split(" ")[0] === to.definition?.split(" ")[0] ? "live" : "new";
      },
      handlers: this.#handlers(),
      handle: (seat, generation) => ({ seat, generation, workspace: "/nowhere" }) as SeatHandle,
      inspect: async (seat) => {
        const found = this.seats.get(seat);
        return found ? (found.running ? "ready" : "stopped") : "off";
      },
      found: async () => [...this.seats.keys()],
      leftovers: async () => ({ ...NOTHING, directories: this.seats.size }),
      removeEverything: async () => NOTHING,
    };
    return runtime;
  };

  #handlers(): Record<string, Handler> {
    const { seats } = this;
    const change = (seat: number, notes: Partial<NotedSeat>) =>
      void seats.set(seat, { running: true, ...seats.get(seat), ...notes });
    const was = new Map<number, NotedSeat | undefined>();
    return {
      "noted/build": this.#handler("build", () => {}),
      "noted/make": this.#handler(
        "make",
        ({ seat, definition, byHand }) => change(seat, { running: true, definition, byHand }),
        ({ seat }) => seats.delete(seat),
      ),
      "noted/set-up": this.#handler("set-up", () => {}),
      "noted/repair": this.#handler("repair", ({ seat, definition }) => change(seat, { running: true, definition })),
      "noted/stop": this.#handler("stop", ({ seat }) => seats.has(seat) && change(seat, { running: false })),
      "noted/remove": this.#handler("remove", ({ seat }) => seats.delete(seat)),
      "noted/renew": this.#handler(
        "renew",
        ({ seat, definition, byHand }) => {
          was.set(seat, seats.get(seat));
          change(seat, { running: true, definition, byHand });
        },
        ({ seat }) => change(seat, was.get(seat) ?? {}),
      ),
      "noted/hook": this.#handler("hook", () => {}),
      "noted/restore": this.#handler("restore", () => {}),
      "noted/drop": this.#handler("drop", () => {}),
      "noted/connect": this.#handler("connect", ({ seat, definition, byHand }) => change(seat, { definition, byHand })),
    };
  }

  #handler(what: string, act: (wish: SeatWish) => unknown, back?: (wish: SeatWish) => unknown): Handler {
    const noted = (effect: (wish: SeatWish) => unknown, verb: string) => async (run: TaskRun) => {
      const wish = run.data as unknown as SeatWish;
      await this.before(`${verb}${what} ${wish.seat}`, run);
      effect(wish);
      this.did.push(`${verb}${what} ${wish.seat}`);
    };
    return { do: noted(act, ""), ...(back && { undo: noted(back, "back ") }) };
  }
}

const task = (kind: string, wish: Partial<SeatWish> = {}): TaskSpec => ({
  ...{ kind: `noted/${kind}`, summary: `${kind} of seat ${wish.seat}` },
  data: (kind === "build" ? {} : { ...wish }) as unknown as Json,
});
