import { type Warnings as Listed, WarningsRequest } from "../contract/api.ts";
import type { Call } from "../rows.ts";
import type { Warnings } from "../seats/warnings.ts";
import { bodyOf } from "./read.ts";

/** What people should know and nothing failed by. */
export interface WarningsApi {
  list(): Response;
  /** `POST /v1/warnings`: all that were there until then are read; the answer is what is left. */
  acknowledge(call: Call): Promise<Response>;
}

export function warningsApi(warnings: Pick<Warnings, "all" | "read">): WarningsApi {
  const list = () => Response.json({ warnings: warnings.all() } satisfies Listed);
  return {
    list,
    acknowledge: async (call) => {
      warnings.read(Date.parse((await bodyOf(call, WarningsRequest)).until));
      return list();
    },
  };
}
