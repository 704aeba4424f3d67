import type { Json, Memory } from "../../../engine/memory.ts";
import type { DockerClient } from "../client/client.ts";
import type { Labels } from "../client/types.ts";
import { imagesMadeFrom } from "../made.ts";
import { stashedImages } from "../renew/stashed.ts";

/**
 * What a change builds after a person let it go on is its own: only she knows what it is made of, so no seat of another change is made from
 * it. It has no name, and is found by what is noted of it here.
 */
export const OWN_LABEL = "clarateach.layer.own";
const PREFIX = "docker/own-layers/";

/** Until its change has made seats from them. */
const COOL_DOWN_MS = 60 * 60_000;

/** Images by the keys of their layers. */
export type OwnLayers = Readonly<Record<string, string>>;

/** Of a change. */
export const ownLayers = (memory: Memory, change: number): OwnLayers =>
  (memory.get(`${PREFIX}${change}`) as OwnLayers | undefined) ?? {};

export const noteOwnLayer = (memory: Memory, change: number, key: string, image: string): void =>
  memory.set(`${PREFIX}${change}`, { ...ownLayers(memory, change), [key]: image } satisfies Json);

/** Beside a layer's own labels. @param machine whose it is */
export const ownLabels = (machine: string): Labels => ({ [OWN_LABEL]: machine });

/** With those below it that nothing else needs. Not while a seat has it, or had it before and may have it again; of a shared layer: nothing. */
export async function dropIfOwn(docker: DockerClient, memory: Memory, image: string | undefined): Promise<void> {
  if (image === undefined || keptImages(memory).includes(image)) return;
  const found = await docker.inspectImage(image);
  if (found?.Config?.Labels?.[OWN_LABEL]) await docker.removeImage(image);
}

/** All that a change has for itself: it is given up. */
export async function dropOwnLayers(docker: DockerClient, memory: Memory, change: number): Promise<void> {
  // The last was built on the ones before.
  for (const image of Object.values(ownLayers(memory, change)).toReversed()) await dropIfOwn(docker, memory, image);
  memory.set(`${PREFIX}${change}`, undefined);
}

/** A machine's that no seat is made from: an agent was killed before it could remove them. And what is noted of those that are gone. */
export async function sweepOwnLayers(docker: DockerClient, machine: string, memory: Memory, now = Date.now()): Promise<void> {
  const kept = keptImages(memory);
  for (const { Id, Created } of await docker.listUnnamedImages(ownLabels(machine)))
    if (!kept.includes(Id) && now - Created * 1000 >= COOL_DOWN_MS) await docker.removeImage(Id);
  for (const key of memory.keys(PREFIX)) {
    const images = Object.values((memory.get(key) ?? {}) as OwnLayers);
    const found = await Promise.all(images.map((image) => docker.inspectImage(image)));
    if (!found.some((one) => one)) memory.set(key, undefined);
  }
}

/** Of a machine that goes. */
export async function removeOwnLayers(docker: DockerClient, machine: string): Promise<void> {
  for (const { Id } of await docker.listUnnamedImages(ownLabels(machine))) await docker.removeImage(Id);
}

const keptImages = (memory: Memory): string[] => [...imagesMadeFrom(memory), ...stashedImages(memory)];
