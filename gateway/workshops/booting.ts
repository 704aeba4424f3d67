import type { MachineRow } from "./resources/machine-row.ts";

/** What is waited for while machines of a cloud boot; of one on this computer, which is there in a second, nothing. */
export function bootNote(machines: readonly MachineRow[]): string | undefined {
  const booting = machines.filter(({ detail: { certificate, place } }) => certificate === undefined && place !== undefined);
  const [first] = booting;
  if (!first) return undefined;
  if (machines.length === 1) return `${first.name} boots in ${first.detail.place}`;
  const answering = machines.filter(({ detail: { certificate } }) => certificate !== undefined).length;
  const places = [...new Set(booting.map(({ detail: { place } }) => place))].sort();
  return `${answering} of ${machines.length} answer; ${booting.length === 1 ? "one boots" : `${booting.length} boot`} in ${places.join(" and ")}`;
}

/** @param took how long machines took lately, in milliseconds @returns the middle one; undefined: nobody knows yet */
export const usualBoot = (took: readonly number[]): number | undefined => [...took].sort((a, b) => a - b)[took.length >> 1];
