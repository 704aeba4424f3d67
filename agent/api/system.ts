import { VERSION } from "../config.ts";
import type { Sdks, SystemInfo } from "../contract/api.ts";
import { CATALOGUE } from "../definition/catalogue.ts";
import type { Documents } from "../machine/documents.ts";
import type { SeatManager } from "../seats/manager.ts";
import type { Degraded } from "./degraded.ts";

export interface SystemParts {
  documents: Documents;
  seats: Pick<SeatManager, "runtime" | "warnings">;
  degraded: Degraded;
}

/** `GET /v1/system-info`: the machine and how it is. */
export function systemInfo({ documents, seats, degraded }: SystemParts): () => Promise<Response> {
  const startedAt = new Date().toISOString();
  return async () => {
    const { workshop, seats: wanted } = documents.current();
    const { disks, why } = await degraded.look();
    return Response.json({
      ...{ version: VERSION, project: workshop.id, runtime: seats.runtime.name, startedAt },
      ...{ seats: wanted.length, disks, warnings: seats.warnings.all().length },
      ...(why !== undefined && { degraded: why }),
    } satisfies SystemInfo);
  };
}

/** `GET /v1/sdks`: what every definition may name, and what each brings. */
export function sdks(): Response {
  const found = Object.entries(CATALOGUE).flatMap(([source, shelf]) =>
    [...shelf.values()].map(({ name, base, summary = "", channels = [] }) => {
      return { name, source, ...(base !== undefined && { base }), summary, channels: [...channels] };
    }),
  );
  return Response.json({ sdks: found } satisfies Sdks);
}
