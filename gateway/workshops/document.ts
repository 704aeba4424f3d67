import { DOCUMENT_VERSION, type MachineDocument } from "../../agent/contract/machine.ts";
import { seatsOfMachine } from "../../agent/contract/seats.ts";
import type { SeatTable } from "../db/schema.ts";
import type { Spent } from "./llm/usage.ts";
import { relayWishOf } from "./llm/wish.ts";
import type { Workshop } from "./record.ts";
import { goalOf, keptUntil, machineHost, machineName } from "./workshop.ts";

export interface Issuer {
  /** The gateway's public address. */
  url: string;
  /** Public keys. */
  keys: MachineDocument["keys"];
  /** Where machines have public names: the domain, with the port where it isn't 443. */
  authority?: string;
  /** Certificates have the names below a machine's, too, where learners' own servers are. */
  namesBelow?: boolean;
}

/** What the gateway wants of machine `index`; `spent`: what those before it counted; `chain`: of its certificate. Made of the database alone, so that any gateway makes the same one. */
export function documentFor(
  workshop: Workshop,
  seats: readonly SeatTable[],
  { index, spent = {}, chain }: { index: number; spent?: Spent | undefined; chain?: string | undefined },
  issuer: Issuer,
): MachineDocument {
  const own = new Set(seatsOfMachine(index, workshop.seats));
  const { starter, llm } = workshop;
  const archive = workshop.environment?.archive;
  const ending = goalOf(workshop.state, { failure: workshop.failure !== null, receipt: false }) !== "running";
  return {
    version: DOCUMENT_VERSION,
    revision: workshop.document,
    workshop: { id: workshop.id, name: workshop.name },
    machine: machineName(workshop.id, index),
    machineIndex: index,
    phase: ending ? "ending" : "running",
    ...(ending && workshop.work === "wanted" && { keepFiles: true }),
    ...(ending && isKept(workshop) && { keptUntil: keptUntil(new Date(workshop.stop_at ?? workshop.created_at)) }),
    endsAt: workshop.ends_at ?? workshop.created_at,
    keys: issuer.keys,
    gateway: issuer.url,
    ...(issuer.authority !== undefined && { publicHost: machineHost(workshop.id, index, issuer.authority) }),
    ...(issuer.namesBelow && { namesBelow: true }),
    ...(chain !== undefined && { chain }),
    seats: seats
      .filter(({ seat }) => own.has(seat))
      .map(({ seat, generation, fresh_since }) => ({ seat, generation, freshSince: fresh_since })),
    ...(starter && { starter: { digest: starter.digest, name: starter.name } }),
    relay: relayWishOf(llm, [...own], llm.allotted[index]?.usd, spent),
    ...(workshop.definition !== null && { definition: workshop.definition }),
    ...(archive && { definitionArchive: { digest: archive.digest } }),
  };
}

const isKept = ({ work, stop_at }: Workshop): boolean => stop_at !== null && (work === "wanted" || work === "packed");

/**
 * The boot copy, which comes with the machine. Seats begin with it, unless there are starter files or SDKs of the definition's own: their
 * bytes come later, and so do the seats then, with the first document that is put.
 */
export function bootDocumentFor(document: MachineDocument, nonce: string): MachineDocument {
  const { starter, definitionArchive, ...plain } = document;
  const sent = starter ?? definitionArchive;
  return sent ? { ...plain, revision: document.revision - 1, seats: [], nonce } : { ...document, nonce };
}
