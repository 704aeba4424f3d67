import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../../contract/errors.ts";
import type { Beside, BesideRunning } from "../../seat.ts";
import { DockerError } from "../client/http.ts";
import type { Mount } from "../client/types.ts";
import { accountsBeside, accountsWith } from "../container/accounts.ts";
import { bindReadOnly } from "../container/mounts.ts";
import { containerCode, endGroup, gone, runToEnd } from "../container/programs.ts";
import type { DockerHost } from "../docker-host.ts";
import { onHost } from "../host-programs.ts";
import type { LiveSeats } from "../live.ts";
import { besideName, seatObject } from "../names.ts";
import { silencing } from "../network/media-rules.ts";
import { besideOf } from "./container.ts";
import { haveBesideImage } from "./image.ts";
import { requireFreePort } from "./taken.ts";

/** Of a program in it: restarting one of its own takes some seconds. */
const EXEC_MS = 30_000;

/** One that starts, runs or ends. */
interface One {
  stop: AbortController;
  /** Resolves when nothing of it is left. */
  over: Promise<unknown>;
}

/** The containers beside seats: at most one each, in the seat's network, with a port open to strangers while it runs. */
export class Besides {
  readonly #ones = new Map<number, One>();

  constructor(
    readonly host: DockerHost,
    readonly live: LiveSeats,
  ) {}

  /** @throws Problem `UNAVAILABLE`; the signal's reason when that aborts */
  async start(seat: number, wish: Beside): Promise<BesideRunning> {
    while (this.#ones.has(seat)) await this.end(seat);
    const stop = new AbortController();
    const signal = AbortSignal.any([wish.signal, stop.signal]);
    const begun = this.#begin(seat, wish, signal, () => stop.abort());
    const one: One = { stop, over: begun.then(({ exited }) => exited).catch(() => {}) };
    this.#ones.set(seat, one);
    void one.over.then(() => this.#ones.get(seat) === one && this.#ones.delete(seat));
    return begun;
  }

  /** Before the seat's own container goes. None is fine. */
  async end(seat: number): Promise<void> {
    const one = this.#ones.get(seat);
    one?.stop.abort();
    await one?.over;
  }

  /** An agent that leaves has no time to wait for it: the next one ends what is left. */
  async endAll(): Promise<void> {
    await Promise.all([...this.#ones.keys()].map((seat) => this.end(seat)));
  }

  async #begin(seat: number, wish: Beside, signal: AbortSignal, kill: () => void): Promise<BesideRunning> {
    const { docker } = this.host;
    try {
      const container = await this.#run(seat, wish, signal);
      await this.host.wall.openPort(seat, wish.media);
      signal.throwIfAborted();
      const exec = (argv: readonly string[]) =>
        runToEnd({ docker, container, uid: 0 }, argv, { cwd: "/", signal: AbortSignal.timeout(EXEC_MS) });
      return { exited: this.#untilGone(seat, container, signal), kill, exec };
    } catch (cause) {
      await this.#clear(seat).catch(() => {});
      if (signal.aborted || !(cause instanceof DockerError)) throw cause;
      throw new Problem("UNAVAILABLE", `Live video doesn't start: ${cause.message}`, { cause });
    }
  }

  /** @returns its id */
  async #run(seat: number, wish: Beside, signal: AbortSignal): Promise<string> {
    const { docker, name: machine } = this.host;
    const image = await haveBesideImage(docker, wish.image, signal);
    await requireFreePort(machine, wish.media);
    const { network } = await this.live.find(seat);
    await onHost(
      "keep a learner's programs off the port of live video",
      inNetwork(network),
      silencing(wish.media, this.host.uid(seat)),
    );
    signal.throwIfAborted();
    const name = besideName(seatObject(machine, seat));
    const container = await docker.createAnew(name, await this.#wish(seat, image, wish.env));
    await docker.startContainer(container);
    signal.throwIfAborted();
    return container;
  }

  async #wish(seat: number, image: string, env: Beside["env"]) {
    const { host } = this;
    const wish = await host.wish(seat);
    const files = await this.#files(seat, image, wish.keeper);
    return besideOf({ ...wish, image, env, server: wish.keeper, files, processors: await host.processors() });
  }

  async #files(seat: number, image: string, server: number): Promise<Mount[]> {
    const { host } = this;
    const accounts = accountsBeside(accountsWith(await host.accounts(image), host.uid(seat), host.gid(seat)), server);
    const directory = join(host.paths(seat).directory, "beside");
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return Promise.all(
      Object.entries(accounts).map(async ([name, text]) => {
        await writeFile(join(directory, name), text, { mode: 0o644 });
        return bindReadOnly(join(directory, name), `/etc/${name}`);
      }),
    );
  }

  /** @returns its code, when nothing of it is left */
  async #untilGone(seat: number, container: string, signal: AbortSignal): Promise<number> {
    const { docker } = this.host;
    const found = await docker.inspectContainer(container).catch(() => undefined);
    const pid = found?.State.Running ? found.State.Pid : undefined;
    const stop = () => {
      // First of all nobody gets in any more. A daemon that is away can't be asked.
      void this.host.wall.shutPort(seat).catch(() => {});
      docker.stopContainer(container).catch(() => endGroup({ docker, container, uid: 0 }, pid, "SIGKILL"));
    };
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    await gone({ docker, container, uid: 0 }, pid);
    signal.removeEventListener("abort", stop);
    const code = await containerCode(docker, container);
    await this.#clear(seat).catch(() => {});
    return code;
  }

  /** What can't be removed now goes with the next one, or with the seat. */
  async #clear(seat: number): Promise<void> {
    await this.host.wall.shutPort(seat);
    await this.host.docker.removeContainer(besideName(seatObject(this.host.name, seat)));
  }
}

const inNetwork = (network: string): string[] => ["nsenter", `--net=${network}`, "iptables-restore", "-w"];
