import { join } from "node:path";
import { Problem } from "../../../contract/errors.ts";
import { FORMAT } from "../../../definition/digest.ts";
import { BASES } from "../../../definition/sdk.ts";
import type { TaskRun } from "../../../engine/task.ts";
import { SdkStore } from "../../sdks/store.ts";
import { type TaskLog, TaskLogs } from "../../task-logs.ts";
import type { ImageInfo } from "../client/types.ts";
import type { DockerHost } from "../docker-host.ts";
import type { Made } from "../made.ts";
import type { Upstream } from "../network/name-servers.ts";
import type { SdkList } from "../request.ts";
import { buildLayer } from "./build.ts";
import type { BuilderLimits } from "./builder.ts";
import { checkDepth, isLayer, type Layer, layersOf, referenceOf } from "./layers.ts";
import { noteOwnLayer, type OwnLayers, ownLayers } from "./own.ts";
import { type ListedTree, Trees } from "./trees.ts";
import { inTurn, noteUse } from "./turns.ts";

/** What seats are made from: the layers of a definition, each built once for all machines of this computer. */
export class LayerStore {
  readonly trees: Trees;

  constructor(
    readonly host: DockerHost,
    readonly upstream: () => Promise<readonly Upstream[]>,
    readonly limits: BuilderLimits,
  ) {
    const { tools, registry } = host.settings;
    const project = new SdkStore(join(host.given.directory, "sdks"), registry);
    this.trees = new Trees(new SdkStore(tools, registry), project, host.given.definitionPath);
  }

  /** The layer after the SDK at `place`, and what is missing below it. There already is fine. @throws Problem, DockerError */
  async have(list: SdkList, place: number, task: TaskRun): Promise<void> {
    const base = await this.host.baseImage();
    checkDepth(base.RootFS?.Layers?.length ?? 0, list.sdks.length);
    const trees = await this.trees.all({ ...list, sdks: list.sdks.slice(0, place + 1) }, task.signal);
    const layers = layersOf(contentOf(base, trees));
    let [below, next] = await this.#longest(layers, base, ownLayers(task.memory, task.change));
    if (next === layers.length) return task.log("Built before.");
    if (task.resumed) task.log("A person let this change go on: what is built now is for its seats alone.");
    const log = new TaskLogs(this.host.given.directory).begin(task.id);
    for (; next < layers.length; next++)
      below = await this.#build(layers[next] as Layer, below, trees.slice(0, next + 1), task, log);
  }

  /** What a seat of this change is made from. @throws Problem when it isn't built */
  async top(list: SdkList, { change, memory, signal }: Pick<TaskRun, "change" | "memory" | "signal">): Promise<Made> {
    const trees = await this.trees.all(list, signal);
    const { image, count } = await this.#look(trees, ownLayers(memory, change));
    if (count === trees.length) return madeFrom(image, trees);
    throw new Problem("UNAVAILABLE", "A layer that the seat is made from isn't there any more. It is built at the next try.");
  }

  /**
   * What a seat of this list would be made from, and of how many of its SDKs the layers are there. Nothing is fetched or built.
   * @throws Problem saying why it could never be
   */
  async find(list: SdkList, signal: AbortSignal): Promise<{ made: Made; count: number }> {
    const trees = await this.trees.look(list, signal);
    const { image, count } = await this.#look(trees, {});
    return { made: madeFrom(image, trees), count };
  }

  async #look(trees: readonly ListedTree[], own: OwnLayers): Promise<{ image: string; count: number }> {
    const base = await this.host.baseImage();
    checkDepth(base.RootFS?.Layers?.length ?? 0, trees.length);
    const [image, count] = await this.#longest(layersOf(contentOf(base, trees)), base, own);
    return { image, count };
  }

  /** @returns the image of the last layer that is there, or the base, and how many are. They are in use from now on. */
  async #longest(layers: readonly Layer[], base: ImageInfo, own: OwnLayers): Promise<[image: string, count: number]> {
    for (let count = layers.length; count > 0; count--) {
      const layer = layers[count - 1] as Layer;
      const image = own[layer.key] ?? (await this.#find(layer));
      if (image === undefined) continue;
      for (const { key } of layers.slice(0, count)) noteUse(key);
      return [image, count];
    }
    return [base.Id, 0];
  }

  async #find(layer: Layer): Promise<string | undefined> {
    const found = await this.host.docker.inspectImage(referenceOf(layer));
    return found && isLayer(layer, found.Config?.Labels) ? found.Id : undefined;
  }

  /** One at a time on this computer: who waited finds it built. And one builder a machine, which has addresses for one. */
  async #build(layer: Layer, below: string, trees: readonly ListedTree[], task: TaskRun, log: TaskLog): Promise<string> {
    const { host, upstream, limits } = this;
    const build = (own: boolean) =>
      inTurn(host.name, task.signal, () => buildLayer({ host, upstream, limits, task, log, own }, layer, below, trees));
    if (task.resumed) {
      const image = await build(true);
      noteOwnLayer(task.memory, task.change, layer.key, image);
      return image;
    }
    return inTurn(layer.key, task.signal, async () => {
      const there = await this.#find(layer);
      if (there !== undefined) {
        task.log("Built by another class meanwhile.");
        return there;
      }
      return build(false);
    });
  }
}

const madeFrom = (image: string, trees: readonly ListedTree[]): Made => ({
  ...{ image, format: FORMAT },
  trees: trees.map(({ name, directory }) => ({ name, directory })),
});

const contentOf = ({ Id }: ImageInfo, sdks: readonly ListedTree[]) => ({
  base: { name: BASES[0], imageId: Id },
  sdks: sdks.map(({ source, name, digest }) => ({ source, name, digest })),
});
