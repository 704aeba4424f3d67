import { VERSION } from "./config.ts";
import type { MachineReport } from "./contract/machine.ts";
import type { Documents } from "./machine/documents.ts";
import type { Door } from "./machine/door.ts";
import type { Presence } from "./machine/presence.ts";
import type { Previews } from "./previews/previews.ts";
import type { Relay } from "./relay/relay.ts";
import type { SeatManager } from "./seats/manager.ts";
import type { Sockets } from "./sockets.ts";

/** Who knows what a report says; each is asked when one is made. */
export interface ReportSources {
  documents: Documents;
  seats: SeatManager;
  sockets: Sockets;
  presence: Presence;
  previews: Previews;
  relay: Relay;
  /** Where it has one of its own. */
  door?: Pick<Door, "report"> | undefined;
}

/** What the machine answers to its gateway and its owner: facts only, looked up now. */
export interface Reports {
  plain(): Promise<Response>;
  /** With what each seat takes now, which costs the daemon a question a seat. */
  withUsage(): Promise<Response>;
}

export function openReports({ documents, seats, sockets, presence, previews, relay, door }: ReportSources): Reports {
  const startedAt = new Date().toISOString();

  async function report(): Promise<MachineReport> {
    const leftovers = await seats.leftovers();
    const found = seats.report();
    const image = seats.runtime.image?.();
    return {
      version: 1,
      revision: documents.current().revision,
      agent: VERSION,
      runtime: seats.runtime.name,
      startedAt,
      seats: found.seats.map((one) => ({ ...one, viewers: sockets.viewers(one.seat), ...presence.of(one.seat) })),
      changes: found.changes,
      preview: previews.feature(),
      ...(image && { image }),
      ...door?.report(),
      leftovers,
      removed: seats.removed(),
      llm: relay.report(),
    };
  }

  return {
    plain: async () => Response.json(await report()),
    withUsage: async () => {
      const [plain, usage] = await Promise.all([report(), seats.usage()]);
      const withUsage = plain.seats.map((one) => ({ ...one, ...(usage.has(one.seat) && { usage: usage.get(one.seat) }) }));
      return Response.json({ ...plain, seats: withUsage });
    },
  };
}
