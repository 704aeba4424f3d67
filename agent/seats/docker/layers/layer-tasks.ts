import type { TaskRun } from "../../../engine/task.ts";
import type { LayerData, RetrieveData } from "../request.ts";
import type { LayerStore } from "./layer-store.ts";
import { dropOwnLayers } from "./own.ts";

export async function retrieveSdk(layers: LayerStore, task: TaskRun): Promise<void> {
  const { sdk, archive } = task.data as unknown as RetrieveData;
  const progress = (done: number, total: number) => task.progress("bytes", done, total);
  await layers.trees.have(sdk, archive, { signal: task.signal, progress });
}

/** A layer that is whole stays for the next try, and for other classes. */
export async function buildSdk(layers: LayerStore, task: TaskRun): Promise<void> {
  const { list, place } = task.data as unknown as LayerData;
  await layers.have(list, place, task);
}

/** Only what nobody else may use goes. */
export const unbuildSdk = ({ host }: LayerStore, { memory, change }: TaskRun): Promise<void> =>
  dropOwnLayers(host.docker, memory, change);
