import { Problem } from "../../../agent/contract/errors.ts";
import type { Detail } from "../resource.ts";
import { machinesEnd } from "../workshop.ts";
import { machineHosts, type ResourceKind, SOON_MS } from "./kind.ts";
import { machineAt, tellsLearners } from "./machine-row.ts";

export interface NameDetail extends Detail {
  /** Where it points. */
  ip?: string;
}

/** Name servers tell all others within seconds; those of a busy cloud within a minute. */
const CALL_MS = 60_000;
/** Half of a name is completed by making it again. */
const AGAIN_MS = 1000;

/** The public name of a machine, and all names below it; its index is the machine's. */
export const name: ResourceKind<NameDetail, never> = {
  belongsTo: "start",
  names: (workshop, names) => (names?.records ? machineHosts(workshop, names.domain) : []),
  isReady: ({ idx, observed, detail }, { rows }) =>
    observed === "running" && detail.ip !== undefined && detail.ip === machineAt(rows, idx)?.detail.ip,
  whyFailed: () => undefined,
  make: ({ idx, observed, detail }, { rows }) => {
    const ip = machineAt(rows, idx)?.detail.ip;
    if (observed === "starting") return ["look", SOON_MS];
    // A machine that is made again has another address.
    const isRight = ip === undefined || (observed === "running" && detail.ip === ip);
    return isRight ? undefined : ["create", observed === "broken" ? AGAIN_MS : 0];
  },
  // One that outlived its machine would lead to whoever gets the address next.
  unmake: ({ idx }, { rows }) => (tellsLearners(machineAt(rows, idx)) ? undefined : ["remove", 0]),
  // For the receipt.
  kept: ({ ip }) => (ip === undefined ? {} : { ip }),
  startSteps: ({ idx, name: host }) => [
    {
      key: `name-${idx}`,
      summary: `Point ${host} at the machine`,
      line: { is: "name", of: (machines) => `Point ${machines} names at their machines` },
      actions: ["create", "look"],
      // Before, the machine has no address yet.
      from: "create",
      isOver: ({ observed }) => observed === "running",
    },
  ],
  stopSteps: ({ idx, name: host }) => [
    {
      key: `name-${idx}`,
      summary: `Take ${host} away`,
      line: { is: "name", of: (machines) => `Take ${machines} names away` },
      actions: ["remove"],
    },
  ],
  call: async ({ cloud: { names } }, { rows, workshop }, row, action) => {
    const signal = AbortSignal.timeout(CALL_MS);
    if (action === "create") {
      const ip = machineAt(rows, row.idx)?.detail.ip;
      if (!names)
        throw new Problem("STATE_CONFLICT", `${row.name} can't be pointed anywhere: this gateway's cloud has no names.`);
      if (ip === undefined) throw new Problem("UNAVAILABLE", `The machine of ${row.name} has no address yet.`);
      const endsBy = machinesEnd(workshop);
      await names.create(row.name, ip, { signal, ...(endsBy !== undefined && { endsBy }) });
      return { kind: "created" };
    }
    if (action === "remove") {
      await names?.remove(row.name, { signal });
      return { kind: "removed", detail: row.detail };
    }
    const found = await names?.find(row.name, { signal });
    const problem = found?.detail && { problem: found.detail };
    return { kind: "looked", found: found && { status: found.status, detail: { ip: found.ip }, ...problem } };
  },
};
