import { Problem } from "../../../agent/contract/errors.ts";
import { machineOfSeat } from "../../../agent/contract/seats.ts";
import type { Detail } from "../resource.ts";
import type { Subject } from "../subject.ts";
import { machineHost } from "../workshop.ts";
import { type ResourceKind, SOON_MS } from "./kind.ts";
import { machinesOf } from "./machine-row.ts";

/** An order is only given here; an end of one waits for what is under way. */
const CALL_MS = 30_000;

/** The certificate of a machine's public name; its index is the machine's. */
export const certificate: ResourceKind<Detail, never> = {
  belongsTo: "start",
  names: ({ id, seats }, domain) =>
    domain ? Array.from({ length: machineOfSeat(seats) }, (_, i) => machineHost(id, i + 1, domain)) : [],
  isReady: ({ observed }) => observed === "running",
  // Every authority was asked already: asking again at once only makes them count.
  whyFailed: ({ observed, name, detail }) =>
    observed === "broken" ? (detail.problem ?? `There is no certificate for ${name}.`) : undefined,
  make: ({ observed }) => {
    if (observed === "absent") return ["create", 0];
    // Once it is there, whoever serves it renews it.
    return observed === "running" ? undefined : ["look", SOON_MS];
  },
  // Learners are told by https that it is over.
  unmake: ({ idx, observed }, subject) => (observed === "running" && hasMachine(subject, idx) ? undefined : ["remove", 0]),
  kept: () => ({}),
  startSteps: ({ idx, name }) => [
    {
      key: `certificate-${idx}`,
      summary: `Get a certificate for ${name}`,
      actions: ["create", "look"],
      isOver: ({ observed }) => observed === "running",
    },
  ],
  stopSteps: () => [],
  call: async ({ cloud: { certificates } }, _, row, action) => {
    const signal = AbortSignal.timeout(CALL_MS);
    if (action === "create") {
      if (!certificates)
        throw new Problem("STATE_CONFLICT", `There is no certificate for ${row.name}: this gateway has no domain any more.`);
      await certificates.create(row.name, { signal });
      return { kind: "created" };
    }
    if (action === "remove") {
      await certificates?.remove(row.name, { signal });
      return { kind: "removed", detail: row.detail };
    }
    const found = await certificates?.find(row.name, { signal });
    return { kind: "looked", found: found && { status: found.status, ...(found.detail && { problem: found.detail }) } };
  },
};

const hasMachine = ({ rows }: Subject, idx: number): boolean =>
  machinesOf(rows).some((row) => row.idx === idx && row.observed !== "absent");
