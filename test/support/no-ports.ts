import type { Ports } from "../../agent/ports/ports.ts";

/** Where there are no learners' servers. */
export const noPorts: Pick<Ports, "at" | "answer" | "offered" | "follow"> = {
  at: () => undefined,
  answer: () => Promise.reject(new Error("there are no ports here")),
  offered: () => [],
  follow: () => () => {},
};
