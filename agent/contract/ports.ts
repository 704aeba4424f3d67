import { parseSeatName, seatName } from "./seats.ts";

/** Those below are root's, and the agent's own in a seat. */
const FIRST_PORT = 1024;
const LAST_PORT = 65_535;
/** Where programs of a seat reach its browser: what can drive it isn't shown as a web page. */
const DEBUGGING = 9222;
/** The kernel gives ports from here on to whoever names none: tools talk to themselves there. They can be opened, and aren't offered. */
const FIRST_UNNAMED = 32_768;

/** A server of a learner's own. */
export interface SeatPort {
  seat: number;
  port: number;
}

/** The label below a machine's host at which a browser reaches it: `01-3000`. */
export const portLabel = ({ seat, port }: SeatPort): string => `${seatName(seat)}-${port}`;

/** `"01-3000"` → seat 1, port 3000; undefined for anything that isn't written exactly so, whether it may be opened or not. */
export function parsePortLabel(label: string): SeatPort | undefined {
  const [, name = "", digits = ""] = /^(\d\d)-([1-9]\d{0,4})$/.exec(label) ?? [];
  const [seat, port] = [parseSeatName(name), Number(digits)];
  return seat !== undefined && port >= 1 && port <= LAST_PORT ? { seat, port } : undefined;
}

/** @param ours further ports of the seat's that are the product's */
export const mayBeOpened = (port: number, ours: (port: number) => boolean): boolean =>
  Number.isInteger(port) && port >= FIRST_PORT && port <= LAST_PORT && port !== DEBUGGING && !ours(port);

/** A page tells its learner of it without being asked. */
export const isOffered = (port: number): boolean => port < FIRST_UNNAMED;

/** Whether learners' own servers can be opened in a tab of their own; missing from an older agent, which has no such thing. */
export type PortsFeature = { available: true } | { available: false; reason: string; fix: string };
