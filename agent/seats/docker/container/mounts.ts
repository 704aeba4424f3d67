import type { Mount } from "../client/types.ts";

/** Nothing mounted in a container or on the machine later shows on the other side. */
export const bind = (Source: string, Target: string): Mount => ({
  Type: "bind",
  Source,
  Target,
  BindOptions: { Propagation: "rprivate" },
});

export const bindReadOnly = (source: string, target: string): Mount => ({ ...bind(source, target), ReadOnly: true });
