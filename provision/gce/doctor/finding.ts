import type { Finding } from "../../cloud.ts";
import { GoogleProblem } from "../problems.ts";

export type Seen = Omit<Finding, "what">;

export const green = (words: string): Seen => ({ state: "green", words });
export const red = (words: string): Seen => ({ state: "red", words });
export const unknown = (words: string): Seen => ({ state: "unknown", words });

/** Google answers in a second, and tries that fail are made again: what takes longer than this isn't found out today. */
export const LOOK_MS = 30_000;

/** What is refused is red, with what to do; what nobody answered isn't known. One look takes half a minute at most. */
export async function found(what: string, look: (signal: AbortSignal) => Promise<Seen>): Promise<Finding> {
  const { promise: late, resolve } = Promise.withResolvers<Seen>();
  const timer = setTimeout(resolve, LOOK_MS, unknown(`Nobody answered within ${LOOK_MS / 1000} s. Try again.`));
  try {
    return { what, ...(await Promise.race([look(AbortSignal.timeout(LOOK_MS)), late])) };
  } catch (error) {
    return { what, ...seenIn(error as Error) };
  } finally {
    clearTimeout(timer);
  }
}

function seenIn(error: Error): Seen {
  if (error.name === "TimeoutError") return unknown(`Nobody answered within ${LOOK_MS / 1000} s. Try again.`);
  if (!(error instanceof GoogleProblem) || error.http === 0 || error.isPassing) return unknown(error.message);
  return red(`${error.message.replace(/\.?$/, ".")} ${nextAfter(error)}`.trim());
}

/** A refusal that is about an API or a role says who can do something about it. */
function nextAfter(error: GoogleProblem): string {
  if (isOff(error)) return "Turn that API on (see APIs).";
  return error.http === 403 ? "Give the gateway’s account the role of provision/gce/role.yaml." : "";
}

/** The whole API is turned off in this project: the older services' word, and the newer ones'. */
export const isOff = ({ reason }: GoogleProblem): boolean => reason === "accessNotConfigured" || reason === "SERVICE_DISABLED";
