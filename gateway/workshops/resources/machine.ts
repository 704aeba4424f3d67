import { Problem } from "../../../agent/contract/errors.ts";
import { seatName } from "../../../agent/contract/seats.ts";
import type { Machines } from "../../../provision/cloud.ts";
import type { AgentClient, MachineAddress } from "../../agents/client.ts";
import { type Archives, folderName } from "../archives.ts";
import { bootDocumentFor, documentFor, type Issuer } from "../document.ts";
import { type ActionKind, CREATE_MS, type Outcome, type Resource } from "../resource.ts";
import type { Starters } from "../starters.ts";
import type { Whole } from "../store.ts";

/** A question to the cloud. */
const LOOK_MS = 10_000;
/** Ten shells, browsers and their directories. */
const REMOVE_MS = 40_000;

export interface MachineTools {
  machines: Machines;
  agents: AgentClient;
  issuer: Issuer;
  starters: Starters;
  archives: Archives;
}

/** One call about one machine. Every call has a deadline and may be done twice. */
export async function actOnMachine(tools: MachineTools, whole: Whole, row: Resource, kind: ActionKind): Promise<Outcome> {
  const { machines, agents } = tools;
  switch (kind) {
    case "look":
    case "check":
      return { kind: "looked", found: await look(tools, whole, row), check: kind === "check" };
    case "create":
      return create(tools, whole, row);
    case "remove":
      return { kind: "removed", counts: await machines.remove(row.name, { signal: AbortSignal.timeout(REMOVE_MS) }) };
    case "greet":
      return { kind: "greeted", certificate: await agents.hello(row.name, planeOf(row), row.detail.nonce ?? "") };
    case "starter":
      return sendStarter(tools, whole, row);
    case "instruct":
      return instruct(tools, whole, row);
    case "ask":
      return { kind: "asked", report: await agents.report(addressOf(row)) };
    case "pack":
      return pack(tools, whole, row);
  }
}

/** Of a machine that runs and was greeted. */
export function addressOf(row: Resource): MachineAddress {
  if (!row.detail.certificate) throw new Problem("UNAVAILABLE", `The machine ${row.name} was not greeted yet.`);
  return { name: row.name, plane: planeOf(row), certificate: row.detail.certificate };
}

function planeOf(row: Resource): MachineAddress["plane"] {
  if (!row.detail.plane) throw new Problem("UNAVAILABLE", `The machine ${row.name} has no address yet.`);
  return row.detail.plane;
}

async function look({ machines }: MachineTools, { workshop }: Whole, row: Resource) {
  const found = await machines.find(row.name, { signal: AbortSignal.timeout(LOOK_MS) });
  // While it is being removed, or was made in part, the cloud may not know whose it is.
  if (found && found.workshop !== "" && found.workshop !== workshop.id) {
    throw new Problem(
      "STATE_CONFLICT",
      `The machine ${row.name} belongs to “${found.workshop}”, not to ${workshop.id}. Remove it by hand.`,
    );
  }
  return found;
}

async function create({ machines, issuer }: MachineTools, { workshop, seats }: Whole, row: Resource): Promise<Outcome> {
  const { requestId = "", nonce = "", creatingUntil = Date.now() + CREATE_MS } = row.detail;
  const signal = AbortSignal.timeout(Math.max(1, creatingUntil - Date.now()));
  const boot = JSON.stringify(bootDocumentFor(documentFor(workshop, seats, row.idx, issuer), nonce));
  await machines.create({ name: row.name, workshop: workshop.id, requestId, boot }, { signal });
  return { kind: "created" };
}

async function sendStarter({ agents, starters }: MachineTools, { workshop }: Whole, row: Resource): Promise<Outcome> {
  if (!workshop.starter) throw new Error(`internal error: the workshop ${workshop.id} has no starter files to send`);
  const { digest } = workshop.starter;
  await agents.putStarter(addressOf(row), digest, starters.path(digest));
  return { kind: "starter", digest };
}

async function instruct({ agents, issuer }: MachineTools, { workshop, seats }: Whole, row: Resource): Promise<Outcome> {
  const document = documentFor(workshop, seats, row.idx, issuer);
  const ending = document.phase === "ending";
  // Counted before they go: the receipt says what was there.
  const before = ending && !row.detail.before ? (await agents.report(addressOf(row))).leftovers : undefined;
  const report = await agents.putDocument(addressOf(row), document);
  const emptying = ending && !document.keepFiles;
  return { kind: "instructed", revision: document.revision, report, emptying, ...(before && { before }) };
}

async function pack({ agents, archives }: MachineTools, { workshop, learners }: Whole, row: Resource): Promise<Outcome> {
  // Whoever sat there last: the work of a freed seat was wiped with it.
  const last = new Map(learners.filter(({ why }) => why !== "freed").map((learner) => [learner.seat, learner]));
  const folders = [...last.values()].map(({ seat, name }) => ({ seat, folder: folderName(seatName(seat), name) }));
  const bytes = await archives.write(workshop.id, await agents.archive(addressOf(row), folders));
  return { kind: "packed", bytes, folders: folders.length };
}
