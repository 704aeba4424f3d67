import { Problem } from "../../../agent/contract/errors.ts";
import type { MachineReport } from "../../../agent/contract/machine.ts";
import { machineOfSeat } from "../../../agent/contract/seats.ts";
import { chainFor } from "../chains.ts";
import { bootDocumentFor, documentFor } from "../document.ts";
import { foldersOf } from "../folders.ts";
import { metadataOf } from "../metadata.ts";
import type { Whole } from "../record.ts";
import type { CommonAction, Found, Outcome } from "../resource.ts";
import { machinesEnd } from "../workshop.ts";
import type { CallTools } from "./kind.ts";
import { handOver } from "./machine-key.ts";
import { writeSeatsMap } from "./machine-map.ts";
import { addressOf, asked, instructed, type MachineDetail, type MachineRow, planeOf, removed, seen } from "./machine-row.ts";

export type MachineAction = "greet" | "starter" | "definition" | "instruct" | "key" | "map" | "ask" | "pack";

/** A question to the cloud. */
const LOOK_MS = 10_000;
/** Ten shells, browsers and their directories. */
const REMOVE_MS = 40_000;

/** One call of a machine, of its cloud or its agent. */
export async function call(
  tools: CallTools,
  whole: Whole,
  row: MachineRow,
  action: CommonAction | MachineAction,
): Promise<Outcome<MachineDetail>> {
  const { detail } = row;
  switch (action) {
    case "look":
    case "check":
      return { kind: "looked", found: await look(tools, whole, row) };
    case "create":
      return create(tools, whole, row);
    case "remove": {
      const counts = await tools.cloud.machines.remove(row.name, { signal: AbortSignal.timeout(REMOVE_MS) });
      return { kind: "removed", detail: removed(detail, counts) };
    }
    case "greet": {
      const certificate = await tools.agents.hello(row.name, planeOf(row), detail.nonce ?? "");
      return { kind: "learned", detail: { ...detail, certificate } };
    }
    case "starter":
      return { kind: "learned", detail: { ...detail, starter: await sendStarter(tools, whole, row) } };
    case "definition":
      return { kind: "learned", detail: { ...detail, definition: await sendDefinition(tools, whole, row) } };
    case "instruct":
      return instruct(tools, whole, row);
    case "key":
      return handOver(tools, whole, row);
    case "map":
      return writeSeatsMap(tools, whole, row);
    case "ask": {
      const report = await tools.agents.report(addressOf(row));
      const kept = withKnownLeftovers(report, whole, detail.report);
      return { kind: "learned", detail: asked(detail, kept, Date.now()), report };
    }
    case "pack":
      await pack(tools, whole, row);
      return { kind: "learned", detail: { ...detail, packed: true } };
  }
}

/** What files take goes up and down with every second of a class, and is counted again when it ends: not worth a write each time. */
function withKnownLeftovers(report: MachineReport, { workshop }: Whole, before: MachineReport | undefined): MachineReport {
  return workshop.state === "running" && before ? { ...report, leftovers: before.leftovers } : report;
}

async function look({ cloud }: CallTools, { workshop }: Whole, row: MachineRow): Promise<Found<MachineDetail> | undefined> {
  const found = await cloud.machines.find(row.name, { signal: AbortSignal.timeout(LOOK_MS) });
  // While it is being removed, or was made in part, the cloud may not know whose it is.
  if (found && found.workshop !== "" && found.workshop !== workshop.id) {
    throw new Problem(
      "STATE_CONFLICT",
      `The machine ${row.name} belongs to “${found.workshop}”, not to ${workshop.id}. Remove it by hand.`,
    );
  }
  // Whoever makes it again takes its disk away first.
  if (found?.onlyDisk && row.wanted === "present") return undefined;
  return found && seen(found);
}

async function create({ cloud, issuer }: CallTools, whole: Whole, row: MachineRow): Promise<Outcome<MachineDetail>> {
  const { workshop, seats } = whole;
  const { requestId = "", nonce = "", creatingUntil = Date.now() + cloud.patience.createMs } = row.detail;
  const signal = AbortSignal.timeout(Math.max(1, creatingUntil - Date.now()));
  const boot = JSON.stringify(bootDocumentFor(documentFor(workshop, seats, placeOf(whole, row), issuer), nonce));
  const endsBy = machinesEnd(workshop);
  const wish = {
    ...{ name: row.name, workshop: workshop.id, code: workshop.code, requestId, boot },
    metadata: metadataOf(whole, row.idx),
    ...(endsBy !== undefined && { endsBy }),
  };
  await cloud.machines.create(wish, { signal });
  return { kind: "created" };
}

const placeOf = ({ rows }: Whole, { idx: index, detail: { spent } }: MachineRow) => ({
  index,
  spent,
  chain: chainFor(rows, index),
});

async function sendStarter({ agents, starters }: CallTools, { workshop }: Whole, row: MachineRow): Promise<string> {
  if (!workshop.starter) throw new Error(`internal error: the workshop ${workshop.id} has no starter files to send`);
  const { digest } = workshop.starter;
  await agents.putStarter(addressOf(row), digest, starters.path(digest));
  return digest;
}

async function sendDefinition({ agents, definitions }: CallTools, { workshop }: Whole, row: MachineRow): Promise<string> {
  const archive = workshop.environment?.archive;
  if (!archive) throw new Error(`internal error: the workshop ${workshop.id} has no definition's archive to send`);
  await agents.putDefinition(addressOf(row), archive.digest, definitions.path(archive.digest));
  return archive.digest;
}

async function instruct({ agents, issuer }: CallTools, whole: Whole, row: MachineRow): Promise<Outcome<MachineDetail>> {
  const document = documentFor(whole.workshop, whole.seats, placeOf(whole, row), issuer);
  const ending = document.phase === "ending";
  // Counted before they go: the receipt says what was there.
  const before = ending && !row.detail.before ? (await agents.report(addressOf(row))).leftovers : undefined;
  const report = await agents.putDocument(addressOf(row), document);
  const emptying = ending && !document.keepFiles;
  const detail = instructed(row.detail, { revision: document.revision, emptying }, { report, before }, Date.now());
  return { kind: "learned", detail, report };
}

async function pack({ agents, archives }: CallTools, { workshop, learners }: Whole, row: MachineRow): Promise<void> {
  // Another machine's are asked of that.
  const own = foldersOf(learners).filter(({ seat }) => machineOfSeat(seat) === row.idx);
  await archives.pack(workshop.id, own, (folder) => agents.archive(addressOf(row), folder));
}
