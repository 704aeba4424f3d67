import type { Readable } from "node:stream";
import tar from "tar-stream";
import type { SocketStream } from "../../socket-stream.ts";
import { countInGroup } from "../container/cgroup.ts";
import { hijack } from "./hijack.ts";
import { CALL_LIMIT_MS, type Call, callDocker, DockerError, jsonLinesOf, jsonOf, pathOf, textOf } from "./http.ts";
import type {
  ContainerInfo,
  ContainerStats,
  ContainerSummary,
  CreateContainer,
  CreateExec,
  DaemonInfo,
  DaemonVersion,
  DockerEvent,
  ExecInfo,
  ImageInfo,
  ImageSummary,
  Labels,
  NetworkInfo,
  VolumeInfo,
} from "./types.ts";

/** What this client was written against: Debian 12's docker.io. A daemon that has dropped it is spoken to in its oldest version. */
const API_VERSION = "1.41";
/** A stopping container gets this long before it is killed; nothing in a seat needs longer. */
const STOP_SECONDS = 2;
/** Importing, committing and pulling move hundreds of megabytes. */
const IMAGE_LIMIT_MS = 15 * 60_000;
/** For what a report says: it is answered while the daemon hangs. */
export const REPORT_LIMIT_MS = 5000;
/** Between looks whether what another call began is done. */
const LOOK_MS = 50;

/** A small typed client of the Docker Engine API. Every method throws DockerError naming the object; "already so" is success. */
export class DockerClient {
  #prefix: string | undefined;

  /** @param socket path of the daemon's unix socket */
  constructor(readonly socket: string) {}

  async version(): Promise<DaemonVersion> {
    return jsonOf(
      await callDocker(this.socket, { what: "ask Docker for its version", method: "GET", path: "/version", limitMs: 5000 }),
    );
  }

  info(limitMs = CALL_LIMIT_MS): Promise<DaemonInfo> {
    return this.#json({ what: "ask Docker about this machine", method: "GET", path: "/info", limitMs });
  }

  /** The container's id. A container of that name is an error with status 409. */
  async createContainer(name: string, wish: CreateContainer): Promise<string> {
    const what = `create container "${name}"`;
    const made = await this.#json<{ Id: string }>({
      what,
      method: "POST",
      path: "/containers/create",
      query: { name },
      body: wish,
    });
    return made.Id;
  }

  /**
   * One of a name that this agent alone makes, and one at a time: what has it already goes. The daemon may still be making what an agent wished
   * for that was killed since. @returns its id
   */
  async createAnew(name: string, wish: CreateContainer, drop = () => this.removeContainer(name)): Promise<string> {
    return this.createContainer(name, wish).catch(async (error) => {
      if (!(error instanceof DockerError && error.status === 409)) throw error;
      await drop();
      return this.createContainer(name, wish);
    });
  }

  async startContainer(name: string): Promise<void> {
    await this.#do({ what: `start container "${name}"`, method: "POST", path: `/containers/${name}/start` });
  }

  async renameContainer(name: string, to: string): Promise<void> {
    await this.#do({
      what: `rename container "${name}"`,
      method: "POST",
      path: `/containers/${name}/rename`,
      query: { name: to },
    });
  }

  async stopContainer(name: string): Promise<void> {
    await this.#do({
      what: `stop container "${name}"`,
      method: "POST",
      path: `/containers/${name}/stop`,
      query: { t: STOP_SECONDS },
    });
  }

  /** Kills it when it runs. One that isn't there is fine. */
  async removeContainer(name: string): Promise<void> {
    const query = { force: true, v: true };
    const what = `remove container "${name}"`;
    await this.#do({ what, method: "DELETE", path: `/containers/${name}`, query }).catch(async (error) => {
      if (error instanceof DockerError && error.missing) return;
      if (!(error instanceof DockerError && /already in progress/.test(error.message))) throw error;
      await this.#goes(what, name);
    });
  }

  /** Somebody else's call removes it. */
  async #goes(what: string, name: string): Promise<void> {
    const end = performance.now() + CALL_LIMIT_MS;
    while (await this.inspectContainer(name)) {
      if (performance.now() > end)
        throw new DockerError(`cannot ${what}: Docker did not finish within ${CALL_LIMIT_MS / 1000} s`);
      await Bun.sleep(LOOK_MS);
    }
  }

  inspectContainer(name: string): Promise<ContainerInfo | undefined> {
    return this.#find({ what: `inspect container "${name}"`, method: "GET", path: `/containers/${name}/json` });
  }

  /** Running or not. */
  listContainers(labels: Labels, limitMs = CALL_LIMIT_MS): Promise<ContainerSummary[]> {
    const query = { all: true, filters: { label: labelFilter(labels) } };
    return this.#json({ what: "list containers", method: "GET", path: "/containers/json", query, limitMs });
  }

  /** Running in it now; 0 when it doesn't run or isn't there. */
  async countProcesses(container: string): Promise<number> {
    const state = (await this.inspectContainer(container))?.State;
    return state?.Running ? ((await countInGroup(state.Pid)) ?? 1) : 0;
  }

  /** A file of a container's, running or not; a link is read as empty. */
  async readFile(container: string, path: string): Promise<string> {
    const what = `read "${path}" in container "${container.slice(0, 12)}"`;
    const archive = `${await this.#base()}/containers/${container}/archive`;
    const files = (await callDocker(this.socket, { what, method: "GET", path: archive, query: { path } })).pipe(tar.extract());
    for await (const file of files) return await textOf(file as AsyncIterable<Uint8Array>);
    throw new DockerError(`cannot ${what}: Docker's answer is empty`);
  }

  /** What it takes now, asked once: without `one-shot` the daemon measures for a second. Undefined when it isn't there. */
  stats(container: string): Promise<ContainerStats | undefined> {
    const query = { stream: false, "one-shot": true };
    const what = `measure container "${container}"`;
    return this.#find({ what, method: "GET", path: `/containers/${container}/stats`, query, limitMs: REPORT_LIMIT_MS });
  }

  async createExec(container: string, wish: CreateExec): Promise<string> {
    const what = `prepare "${wish.Cmd[0]}" in container "${container}"`;
    return (await this.#json<{ Id: string }>({ what, method: "POST", path: `/containers/${container}/exec`, body: wish })).Id;
  }

  /** Runs it; its bytes are the stream's. Without a tty they come in frames (see frames.ts). */
  async startExec(id: string, tty: boolean, what: string): Promise<SocketStream> {
    return hijack(this.socket, `${await this.#base()}/exec/${id}/start`, { Detach: false, Tty: tty }, what);
  }

  /** Runs it with its input and outputs closed. */
  async startDetached(id: string, what: string): Promise<void> {
    await this.#do({ what, method: "POST", path: `/exec/${id}/start`, body: { Detach: true, Tty: false } });
  }

  inspectExec(id: string): Promise<ExecInfo | undefined> {
    return this.#find({ what: `inspect process "${id.slice(0, 12)}"`, method: "GET", path: `/exec/${id}/json` });
  }

  /** Only after it started: the size at its creation is ignored by API 1.41. */
  async resizeExec(id: string, cols: number, rows: number): Promise<void> {
    const query = { h: rows, w: cols };
    await this.#do({ what: `resize terminal "${id.slice(0, 12)}"`, method: "POST", path: `/exec/${id}/resize`, query });
  }

  inspectImage(reference: string): Promise<ImageInfo | undefined> {
    return this.#find({ what: `inspect image "${reference}"`, method: "GET", path: `/images/${reference}/json` });
  }

  /** A root file system as a tar stream becomes the image `repository:tag`; `changes` are Dockerfile lines (`ENV …`, `LABEL …`). */
  async importImage(tar: Readable, repository: string, tag: string, changes: readonly string[]): Promise<void> {
    const what = `import image "${repository}:${tag}"`;
    const path = pathOf(`${await this.#base()}/images/create`, { fromSrc: "-", repo: repository, tag });
    const more = changes.map((line) => `&changes=${encodeURIComponent(line)}`).join("");
    await this.#progress(what, { what, method: "POST", path: path + more, body: tar, limitMs: IMAGE_LIMIT_MS });
  }

  async pullImage(repository: string, tag: string, signal?: AbortSignal): Promise<void> {
    const what = `pull image "${repository}:${tag}"`;
    const path = `${await this.#base()}/images/create`;
    const query = { fromImage: repository, tag };
    await this.#progress(what, { what, method: "POST", path, query, limitMs: IMAGE_LIMIT_MS, ...(signal ? { signal } : {}) });
  }

  /** The container's root file system, without its mounts, as an image. `changes` are Dockerfile lines. @param name missing: it has none */
  async commit(
    container: string,
    name: { repository: string; tag: string } | undefined,
    changes: readonly string[] = [],
  ): Promise<string> {
    const what = `commit container "${container}"${name ? ` as "${name.repository}:${name.tag}"` : ""}`;
    const query = { container, changes: changes.join("\n"), ...(name && { repo: name.repository, tag: name.tag }) };
    return (await this.#json<{ Id: string }>({ what, method: "POST", path: "/commit", query, body: {}, limitMs: IMAGE_LIMIT_MS }))
      .Id;
  }

  /** Those with a name and this label. */
  async listImages(label: string): Promise<ImageSummary[]> {
    const query = { filters: { label: [label], dangling: ["false"] } };
    return this.#json({ what: "list images", method: "GET", path: "/images/json", query });
  }

  /** Those without a name, with these labels, that no other one is made from. */
  async listUnnamedImages(labels: Labels): Promise<ImageSummary[]> {
    const query = { filters: { label: labelFilter(labels), dangling: ["true"] } };
    return this.#json({ what: "list images", method: "GET", path: "/images/json", query });
  }

  /** Its name, and what no other image or container needs of it. @returns false when a container is made from it; not there is fine */
  async removeImage(reference: string): Promise<boolean> {
    const call = { what: `remove image "${reference}"`, method: "DELETE", path: `/images/${reference}` } as const;
    return this.#do({ ...call, limitMs: IMAGE_LIMIT_MS }).then(
      () => true,
      (error) => {
        if (error instanceof DockerError && error.missing) return true;
        if (error instanceof DockerError && error.status === 409) return false;
        throw error;
      },
    );
  }

  /**
   * Images with this label that have lost their name to a newer one, and that no container is made from.
   * @param until `1h`: only those that are older @param but those with this label stay
   */
  async pruneImages(label: string, until?: string, but?: string): Promise<void> {
    const filters = JSON.stringify({
      ...{ dangling: ["true"], label: [label] },
      ...(until && { until: [until] }),
      ...(but && { "label!": [but] }),
    });
    await this.#do({
      what: "remove old images",
      method: "POST",
      path: "/images/prune",
      query: { filters },
      limitMs: IMAGE_LIMIT_MS,
    });
  }

  /** There already is fine. */
  async createVolume(name: string, labels: Labels): Promise<VolumeInfo> {
    const body = { Name: name, Labels: labels };
    return this.#json({ what: `create volume "${name}"`, method: "POST", path: "/volumes/create", body });
  }

  async listVolumes(labels: Labels): Promise<VolumeInfo[]> {
    const query = { filters: { label: labelFilter(labels) } };
    const found = await this.#json<{ Volumes: VolumeInfo[] | null }>({
      ...{ what: "list volumes", method: "GET", path: "/volumes", query },
    });
    return found.Volumes ?? [];
  }

  /** One that isn't there is fine. */
  async removeVolume(name: string): Promise<void> {
    await this.#do({ what: `remove volume "${name}"`, method: "DELETE", path: `/volumes/${name}`, query: { force: true } });
  }

  listNetworks(): Promise<NetworkInfo[]> {
    return this.#json({ what: "list networks", method: "GET", path: "/networks" });
  }

  /** What happens to containers with these labels, from now on; ends when the daemon ends or `signal` aborts. */
  async *events(labels: Labels, signal: AbortSignal): AsyncGenerator<DockerEvent> {
    const query = { filters: { type: ["container"], label: labelFilter(labels) } };
    const call: Call = { what: "watch Docker's events", method: "GET", path: `${await this.#base()}/events`, query, signal };
    const answer = await callDocker(this.socket, call);
    signal.addEventListener("abort", () => answer.destroy(), { once: true });
    yield* jsonLinesOf<DockerEvent>(answer);
  }

  async #base(): Promise<string> {
    this.#prefix ??= `/v${versionToSpeak(await this.version())}`;
    return this.#prefix;
  }

  async #json<T>(call: Call): Promise<T> {
    return jsonOf<T>(await callDocker(this.socket, { ...call, path: (await this.#base()) + call.path }));
  }

  async #do(call: Call): Promise<void> {
    (await callDocker(this.socket, { ...call, path: (await this.#base()) + call.path })).resume();
  }

  async #find<T>(call: Call): Promise<T | undefined> {
    return this.#json<T>(call).catch((error) => {
      if (error instanceof DockerError && error.missing) return undefined;
      throw error;
    });
  }

  /** Pulls and imports answer 200 first and tell of a failure in the stream. */
  async #progress(what: string, call: Call): Promise<void> {
    for await (const line of jsonLinesOf<{ error?: string }>(await callDocker(this.socket, call))) {
      if (line.error) throw new DockerError(`cannot ${what}: ${line.error}`);
    }
  }
}

const labelFilter = (labels: Labels): string[] =>
  Object.entries(labels).map(([name, value]) => (value === "" ? name : `${name}=${value}`));

/** The version this client knows, or the nearest the daemon speaks. */
export function versionToSpeak(daemon: DaemonVersion): string {
  const number = (text: string) => Number(text.split(".")[1] ?? 0);
  if (number(daemon.MinAPIVersion ?? API_VERSION) > number(API_VERSION)) return daemon.MinAPIVersion ?? API_VERSION;
  return number(daemon.ApiVersion) < number(API_VERSION) ? daemon.ApiVersion : API_VERSION;
}
