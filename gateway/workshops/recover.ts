import { Value } from "@sinclair/typebox/value";
import { MachineDocument } from "../../agent/contract/machine.ts";
import type { Cloud, FoundMachine } from "../../provision/cloud.ts";
import type { AgentClient, MachineAddress } from "../agents/client.ts";
import { mayRecover, type Remains, recovered } from "./recovered.ts";
import type { PublicNames } from "./resources/kind.ts";
import type { Store } from "./store.ts";

/** A list of all machines. */
const LIST_MS = 60_000;
/** A class has hundreds of changes; a number in the database has 31 bits, and ours must be higher. */
const NUMBER_MOST = 1e9;

export interface RecoverTools {
  cloud: Pick<Cloud, "machines">;
  agents: AgentClient;
  store: Store;
  publicNames?: PublicNames | undefined;
}

/**
 * Makes the records of workshops again that have machines and no record. Safe to repeat: what has a record is left alone. Labels and metadata,
 * which no machine can write, say whose a machine is; it may have been taken over, and is believed about its own seats alone.
 * @returns a sentence for each workshop without a record
 */
export async function recover({ cloud, agents, store, publicNames }: RecoverTools, now = new Date()): Promise<string[]> {
  const found = await cloud.machines.list({ signal: AbortSignal.timeout(LIST_MS) });
  const byWorkshop = Map.groupBy(
    found.filter(({ status, onlyDisk }) => status !== "stopping" && !onlyDisk),
    ({ workshop }) => workshop,
  );
  const sentences: string[] = [];
  for (const [id, machines] of byWorkshop) {
    if (await store.whole(id)) continue;
    sentences.push(await one(id, machines).catch((error: Error) => `${id}: no record could be made: ${error.message}.`));
  }
  return sentences;

  async function one(id: string, machines: readonly FoundMachine[]): Promise<string> {
    const remains = await Promise.all(machines.map((machine) => remainsOf(machine, agents)));
    if (!mayRecover(remains))
      return `${id}: learners sit there and its agent doesn't answer: try again when it does. Nothing was changed.`;
    const whole = recovered(remains, publicNames, now);
    if (!(await store.restore(whole))) return `${id}: its code is another workshop's now. Nothing was changed.`;
    const { name, state } = whole.workshop;
    return `${id}: “${name}” has its record again, ${state}, ${whole.learners.length} ${whole.learners.length === 1 ? "learner" : "learners"}.`;
  }
}

async function remainsOf(machine: FoundMachine, agents: AgentClient): Promise<Remains> {
  const { boot, nonce } = bootOf(machine);
  const { plane } = machine;
  const answered = plane && (await ask(machine.name, plane, nonce, agents).catch(() => undefined));
  if (!answered) return { machine, boot, nonce, document: boot };
  return { machine, boot, nonce, document: ownDocument(boot, answered.document), answer: answered.answer };
}

function bootOf({ name, workshop, boot: text = "{}" }: FoundMachine): { boot: MachineDocument; nonce: string } {
  const boot: unknown = JSON.parse(text);
  if (!Value.Check(MachineDocument, boot) || boot.nonce === undefined)
    throw new Error(`the machine ${name} has no document in its metadata`);
  if (boot.workshop.id === workshop && boot.machine === name) return { boot, nonce: boot.nonce };
  throw new Error(`the machine ${name} has ${workshop}'s label and the document of ${boot.machine} of ${boot.workshop.id}`);
}

/** @throws when it isn't of the machine that the gateway made: the agent there may be somebody else's by now */
function ownDocument(boot: MachineDocument, document: unknown): MachineDocument {
  const isOwn =
    Value.Check(MachineDocument, document) &&
    document.workshop.id === boot.workshop.id &&
    document.machine === boot.machine &&
    document.machineIndex === boot.machineIndex &&
    document.revision <= NUMBER_MOST &&
    document.seats.every(({ generation, freshSince }) => freshSince <= generation && generation <= NUMBER_MOST) &&
    !Number.isNaN(Date.parse(document.endsAt));
  if (isOwn) return document;
  throw new Error(`what ${boot.machine} says is not the document it was given; remove that machine by hand and try again`);
}

async function ask(name: string, plane: MachineAddress["plane"], nonce: string, agents: AgentClient) {
  const certificate = await agents.hello(name, plane, nonce);
  const address = { name, plane, certificate };
  const [document, report] = await Promise.all([agents.document(address), agents.report(address)]);
  return { document, answer: { certificate, report } };
}
