import { capital } from "./amounts.ts";
import type { SessionState } from "./seat.tsx";

export type WorkshopState = "created" | "provisioning" | "running" | "failed" | "stopping" | "stopped";
export type Stated = WorkshopState | SessionState | "ready" | "reconnecting";

/** A shape and a word; the colour only helps. */
export function State({ is, children }: { is: Stated; children?: preact.ComponentChildren }) {
  return (
    <span class="state" data-is={is}>
      <i class="dot" />
      {children ?? capital(is)}
    </span>
  );
}
