import { readFileSync } from "node:fs";
import { EXEC_OUTPUT_LIMIT, type ExecOptions, type Finished, type SeatProcess, type SeatSocket } from "../../seat.ts";
import type { SocketStream } from "../../socket-stream.ts";
import type { Environment } from "../../tmux-environment.ts";
import type { DockerClient } from "../client/client.ts";
import { FrameReader } from "../client/frames.ts";
import { DockerError } from "../client/http.ts";
import { WORKSPACE } from "../names.ts";

/** Docker notes the end of a process a little after its last byte. */
const CODE_LIMIT_MS = 5000;
const CODE_POLL_MS = 10;
/** Looking whether a process is there costs one small read. */
const GONE_POLL_MS = 200;
/** A finished program's children may hold its output open: nobody waits longer for a next word of theirs, and in all not longer than the second. */
export const LINGER_MS = 500;
const LINGER_MOST_MS = 5000;
/** Killed by a signal nobody recorded. */
const LOST = 137;

/** Where a program runs, and as whom. */
export interface Inside {
  docker: DockerClient;
  /** Its id, not its name: a container made again under the same name isn't meant. */
  container: string;
  /** And gid, where that isn't told. Root is for where a seat is set up; in one it has no capabilities. */
  uid: number;
  gid?: number;
  /** What its programs know besides the container's own. */
  env?: Environment;
}

export interface Program {
  argv: readonly string[];
  env?: Readonly<Record<string, string>>;
  tty?: boolean;
  stdin?: boolean;
  cwd?: string;
}

/** A process of a container, as Docker's exec makes it. */
export interface Running {
  id: string;
  stream: SocketStream;
  /** On the machine; undefined when it ended at once. Asked for now: a daemon that is started again has forgotten what it ran. */
  pid: Promise<number | undefined>;
}

export async function runProgram(inside: Inside, program: Program): Promise<Running> {
  const { argv, tty = false, stdin = false } = program;
  const { docker, container } = inside;
  const attached = { AttachStdin: stdin, AttachStdout: true, AttachStderr: true, Tty: tty };
  const id = await docker.createExec(container, { ...attached, ...asked(inside, program) });
  const stream = await docker.startExec(id, tty, `run "${argv[0]}" in container "${container.slice(0, 12)}"`);
  return { id, stream, pid: pidOf(docker, id).catch(() => undefined) };
}

const asked = ({ uid, gid = uid, env: all }: Inside, { argv, env, cwd = WORKSPACE }: Program) => ({
  User: `${uid}:${gid}`,
  WorkingDir: cwd,
  Env: Object.entries({ ...all, ...env }).flatMap(([name, value]) => (value === undefined ? [] : `${name}=${value}`)),
  Cmd: [...argv],
});

export interface ToEnd extends ExecOptions {
  cwd?: string;
  /** Bytes kept of stdout and of stderr each. */
  limit?: number;
  /** Gets both outputs as they come, at a bounded pace, and none is kept. */
  take?(bytes: Uint8Array): void;
}

/** Taken of one program's output in so long: what prints without end must not have the agent's time. */
const PACE = { bytes: 1024 ** 2, ms: 100 } as const;

/** Runs to its end; output beyond the limit is read and dropped. Aborting kills it. @throws the signal's reason when aborted */
export async function runToEnd(inside: Inside, argv: readonly string[], options: ToEnd = {}): Promise<Finished> {
  options.signal?.throwIfAborted();
  const { limit = EXEC_OUTPUT_LIMIT, signal, take, ...how } = options;
  const { id, stream, pid } = await runProgram(inside, { argv, ...how });
  const kept = [new Kept(limit), new Kept(limit)] as const;
  const frames = new FrameReader((which, bytes) => (take ? take(bytes) : kept[which === 2 ? 1 : 0].add(bytes)));
  let heardAt = 0;
  const hear = (bytes: Uint8Array) => {
    heardAt = performance.now();
    frames.take(bytes);
  };
  stream.onData(take ? paced(stream, hear) : hear);
  const stop = () => void pid.then((known) => endGroup(inside, known, "SIGKILL")).finally(() => stream.close());
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  await Promise.race([stream.closed, lingeredAfter(inside, pid, stream, () => heardAt)]);
  signal?.removeEventListener("abort", stop);
  stream.close();
  signal?.throwIfAborted();
  return { code: await exitCode(inside.docker, id), stdout: kept[0].text(), stderr: kept[1].text() };
}

function paced(stream: SeatSocket, take: (bytes: Uint8Array) => void): (bytes: Uint8Array) => void {
  let [since, taken] = [performance.now(), 0];
  return (bytes) => {
    const now = performance.now();
    if (now - since > PACE.ms) [since, taken] = [now, 0];
    taken += bytes.length;
    take(bytes);
    if (taken < PACE.bytes) return;
    stream.pause();
    setTimeout(() => stream.resume(), PACE.ms);
  };
}

/** Resolves some time after the process is gone, though children of it may hold its output open; never after `stream` has closed. */
async function lingeredAfter(
  inside: Inside,
  pid: Promise<number | undefined>,
  stream: SeatSocket,
  heardAt: () => number,
): Promise<void> {
  let open = true;
  void stream.closed.then(() => {
    open = false;
  });
  await gone(inside, await pid, () => open);
  const end = performance.now() + LINGER_MOST_MS;
  do await Bun.sleep(LINGER_MS);
  while (open && performance.now() - heardAt() < LINGER_MS && performance.now() < end);
}

/** Goes on until killed, whatever becomes of the daemon; its output goes nowhere. */
export async function runOn(inside: Inside, argv: readonly string[], options: ExecOptions = {}): Promise<SeatProcess> {
  options.signal?.throwIfAborted();
  const { docker, container } = inside;
  const program = { argv, ...(options.env ? { env: options.env } : {}) };
  const id = await docker.createExec(container, { ...DETACHED, ...asked(inside, program) });
  await docker.startDetached(id, `run "${argv[0]}" in container "${container.slice(0, 12)}"`);
  const pid = await pidOf(docker, id);
  const exited = gone(inside, pid).then(() => exitCode(docker, id));
  const kill = () => endGroup(inside, pid, "SIGKILL");
  options.signal?.addEventListener("abort", kill, { once: true });
  if (options.signal?.aborted) kill();
  void exited.finally(() => options.signal?.removeEventListener("abort", kill));
  return { exited, kill };
}

const DETACHED = { AttachStdin: false, AttachStdout: false, AttachStderr: false, Tty: false };

/** Resolves when the process isn't there any more, or nobody waits. */
export async function gone({ container }: Inside, pid: number | undefined, waiting = () => true): Promise<void> {
  while (waiting() && pid !== undefined && belongs(pid, container)) await Bun.sleep(GONE_POLL_MS);
}

/**
 * Signals the process and those it started: Docker's API can't, and closing its connection doesn't end it. The process leads a group of its
 * own; its number on the machine is believed only while it still belongs to this container.
 */
export function endGroup({ container }: Inside, pid: number | undefined, signal: "SIGHUP" | "SIGKILL"): void {
  if (pid === undefined || !belongs(pid, container)) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** The process on the machine; undefined when it has ended. Docker names it a moment after it has begun. */
export async function pidOf(docker: DockerClient, id: string): Promise<number | undefined> {
  const end = Date.now() + CODE_LIMIT_MS;
  for (;;) {
    const found = await docker.inspectExec(id);
    if (!found?.Running) return undefined;
    if (found.Pid > 1) return found.Pid;
    if (Date.now() > end) return undefined;
    await Bun.sleep(CODE_POLL_MS);
  }
}

function belongs(pid: number, container: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, "utf8").includes(container);
  } catch {
    return false;
  }
}

/** What a program ended with, once Docker has noted that. */
export const exitCode = (docker: DockerClient, id: string): Promise<number> => noted(() => docker.inspectExec(id));

/** What a container ended with: its first process is gone a moment before Docker notes it. */
export const containerCode = (docker: DockerClient, container: string): Promise<number> =>
  noted(async () => (await docker.inspectContainer(container))?.State);

async function noted(look: () => Promise<{ Running: boolean; ExitCode: number | null } | undefined>): Promise<number> {
  const end = Date.now() + CODE_LIMIT_MS;
  for (;;) {
    const found = await look().catch((error) => {
      // The container, or the whole daemon, went with it.
      if (error instanceof DockerError) return undefined;
      throw error;
    });
    if (!found) return LOST;
    if (!found.Running) return found.ExitCode ?? LOST;
    if (Date.now() > end) return LOST;
    await Bun.sleep(CODE_POLL_MS);
  }
}

/** The first `limit` bytes of an output. */
class Kept {
  readonly #pieces: Uint8Array[] = [];
  #size = 0;

  constructor(readonly limit: number) {}

  add(bytes: Uint8Array): void {
    const piece = bytes.slice(0, this.limit - this.#size);
    if (piece.length === 0) return;
    this.#size += piece.length;
    this.#pieces.push(piece);
  }

  text(): string {
    return Buffer.concat(this.#pieces).toString("utf8");
  }
}
