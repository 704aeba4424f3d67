import { randomBytes, timingSafeEqual } from "node:crypto";
import { Problem } from "../../../contract/errors.ts";
import type { Hook } from "../container/hooks.ts";
import { listenForHooks } from "./listener.ts";
import { type Health, healthOf } from "./set-health.ts";

/** A hook that runs in a seat. */
export interface RunningHook {
  hook: Hook;
  /** What it said last of its SDK. */
  health?: Health;
}

/**
 * Hears what a hook says to the engine, as long as it runs. Which seat it is, the socket tells; that it is this hook, a cookie.
 * @param directory the seat's, for the socket  @param run gets the cookie, for the environment of that hook's process and no other
 */
export async function hearHook(directory: string, hook: RunningHook, run: (cookie: string) => Promise<void>): Promise<void> {
  const cookie = randomBytes(32).toString("hex");
  const stop = listenForHooks(directory, (form) => take(hook, cookie, form));
  try {
    await run(cookie);
  } finally {
    stop();
  }
}

function take(hook: RunningHook, cookie: string, form: URLSearchParams): void {
  if (!isSame(form.get("cookie") ?? "", cookie))
    throw new Problem("FORBIDDEN", "Only hooks of SDKs may call workshopctl, in their own seat and as long as they run.");
  const [command, ...words] = form.getAll("argument");
  if (command !== "set-health") throw new Problem("INVALID_INPUT", "workshopctl has one command: set-health.");
  if (hook.hook !== "check-health")
    throw new Problem("FORBIDDEN", `set-health may be called in check-health only, and this is ${hook.hook}.`);
  hook.health = healthOf(words);
}

function isSame(shown: string, cookie: string): boolean {
  const [one, other] = [Buffer.from(shown), Buffer.from(cookie)];
  return one.length === other.length && timingSafeEqual(one, other);
}
