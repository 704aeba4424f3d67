import { NEKO_CDP_PORT, NEKO_HTTP_PORT } from "../../agent/contract/neko.ts";
import type { Owner } from "../../agent/previews/owner.ts";
import type { MakeRuntime } from "../../agent/seats/runtime.ts";
import type { Beside, BesideRunning, SeatHandle } from "../../agent/seats/seat.ts";
import type { Faults } from "./neko/faults.ts";
import { type Neko, startNeko } from "./neko/neko.ts";
import { readSettings } from "./neko/settings.ts";

/** What runs beside a plain process's seat where a container would: the stand-in for neko, and a browser where a test wants one. */
export interface BesideNeko {
  /** What the agent asked for, the last at the end. */
  wishes: Beside[];
  /** Programs that it had run in there. */
  execs: (readonly string[])[];
  /** The one that runs now; another one after each start. */
  neko: Neko | undefined;
  /** What the next ones are started with. */
  faults: Faults;
  /** Instead of starting it. */
  refuse: Error | undefined;
  /** As if its first process ended. */
  die(): void;
  /** The handle with a place beside it. */
  seat(handle: SeatHandle): SeatHandle;
}

export interface BesideOptions {
  /** The screen and the browser that a container has. Missing: neko alone. */
  browser?: (seat: SeatHandle) => Promise<Owner>;
}

/** neko's ports, which learners may not have, are others on a computer that is everybody's: the seat's `dial` knows which. */
export function besideNeko({ browser }: BesideOptions = {}): BesideNeko {
  let http = 0;
  let owner: Owner | undefined;
  const beside: BesideNeko = {
    ...{ wishes: [], execs: [], neko: undefined, refuse: undefined, die: () => {} },
    faults: { wedge: false, mute: false, silent: false },
    seat: (handle) => ({
      ...handle,
      beside: (wish) => start(handle, wish),
      dial: async (port) => handle.dial(port === NEKO_HTTP_PORT ? http : port === NEKO_CDP_PORT ? await cdp() : port),
    }),
  };
  const cdp = async () => (owner ? owner.debuggingPort() : 0);

  async function run(env: Beside["env"], port: number): Promise<void> {
    const free = { NEKO_WEBRTC_UDPMUX: "0", NEKO_WEBRTC_TCPMUX: "0", NEKO_SERVER_BIND: `127.0.0.1:${port}` };
    beside.neko = await startNeko(readSettings({ ...env, ...free }), { ...beside.faults });
    http = Number(new URL(beside.neko.url).port);
  }

  async function start(handle: SeatHandle, wish: Beside): Promise<BesideRunning> {
    beside.wishes.push(wish);
    if (beside.refuse) throw beside.refuse;
    owner = await browser?.(handle);
    await run(wish.env, 0);
    const { promise: exited, resolve } = Promise.withResolvers<number>();
    const end = async (code: number) => {
      const [neko, own] = [beside.neko, owner];
      [beside.neko, owner] = [undefined, undefined];
      await Promise.all([neko?.stop(), own?.end()]);
      resolve(code);
    };
    beside.die = () => void end(137);
    wish.signal.addEventListener("abort", () => void end(143));
    return {
      exited,
      kill: () => void end(143),
      async exec(argv) {
        beside.execs.push(argv);
        if (argv.join(" ") === "supervisorctl restart neko") {
          await beside.neko?.stop();
          await run(wish.env, http);
        }
        if (argv.join(" ") === "supervisorctl restart chromium") await owner?.renewBrowser();
        return { code: 0, stdout: "", stderr: "" };
      },
    };
  }
  return beside;
}

/** A runtime whose seats all have it, one each. */
export function runtimeWithNeko(make: MakeRuntime, of: (seat: number) => BesideNeko): MakeRuntime {
  return (given) => {
    const runtime = make(given);
    const handle = runtime.handle.bind(runtime);
    runtime.handle = (seat, generation) => of(seat).seat(handle(seat, generation));
    return runtime;
  };
}
