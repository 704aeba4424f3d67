import type { World } from "../world.ts";

/** Where the API's own links lead, whatever host was asked. */
export const LINKS = "https://www.googleapis.com/compute/v1";

export const linkTo = ({ project }: World, path: string): string => `${LINKS}/projects/${project}/${path}`;
export const regionOf = (zone: string): string => zone.replace(/-[a-z]$/, "");

/** uint64 as text. */
export function newId(world: World): string {
  world.compute.counter += 1;
  return `${BigInt(world.clock.now()) * 1_000_000n + BigInt(world.compute.counter)}`;
}

/** Times are told with an offset and milliseconds: `2024-04-24T18:36:18.637-07:00`. */
export function timeText(time: number): string {
  const OFFSET_HOURS = 7;
  return `${new Date(time - OFFSET_HOURS * 3_600_000).toISOString().slice(0, -1)}-07:00`;
}

/** The last part of a full or partial address: `zones/a/machineTypes/e2-standard-8` → `e2-standard-8`. */
export const lastOf = (address: string): string => address.slice(address.lastIndexOf("/") + 1);

/**
 * All of 127/8 is this computer: a test may listen there as the machine, and nothing ever leaves. Other emulators have other ones. What the
 * settings say instead is somewhere else.
 */
export function newAddress(world: World): string {
  world.compute.counter += 1;
  const n = world.compute.firstAddress + world.compute.counter;
  return `${world.addresses ?? `127.${64 + ((n >> 16) & 63)}`}.${(n >> 8) & 255}.${n & 255}`;
}
