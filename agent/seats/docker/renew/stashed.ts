import type { Json, Memory } from "../../../engine/memory.ts";
import type { DockerClient } from "../client/client.ts";
import type { Made } from "../made.ts";
import { stashOf } from "../names.ts";

const PREFIX = "docker/stashed/";
const keyOf = (seat: number): string => `${PREFIX}${seat}`;

/** What the container that is put aside was made from. */
export const stashedMade = (memory: Memory, seat: number): Made | undefined =>
  memory.get(keyOf(seat)) as unknown as Made | undefined;

export const stashedImages = (memory: Memory): string[] =>
  memory.keys(PREFIX).flatMap((key) => (memory.get(key) as unknown as Made | undefined)?.image ?? []);

/** Undefined: there is none any more. */
export const noteStashed = (memory: Memory, seat: number, made: Made | undefined): void =>
  memory.set(keyOf(seat), made && ({ ...made, trees: made.trees.map((tree) => ({ ...tree })) } satisfies Json));

/** The container that it had is there: only then anything may lead back to it. */
export const isStashed = async ({ host, name }: { host: { docker: DockerClient }; name: string }): Promise<boolean> =>
  (await host.docker.inspectContainer(stashOf(name))) !== undefined;
