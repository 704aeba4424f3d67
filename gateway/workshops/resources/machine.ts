import { Problem } from "../../../agent/contract/errors.ts";
import { isEmpty, largest, NOTHING } from "../../../agent/contract/leftovers.ts";
import type { Leftovers, MachineReport, SeatReport } from "../../../agent/contract/machine.ts";
import { machineOfSeat, seatName } from "../../../agent/contract/seats.ts";
import type { FoundMachine } from "../../../provision/cloud.ts";
import type { MachineAddress } from "../../agents/client.ts";
import { bootDocumentFor, documentFor } from "../document.ts";
import { type Spent, spentWith } from "../llm/usage.ts";
import { folderName } from "../names.ts";
import type { Whole } from "../record.ts";
import { type CommonAction, CREATE_MS, type Detail, type Found, type Outcome, type Resource } from "../resource.ts";
import type { Subject } from "../subject.ts";
import { machineName, secretName } from "../workshop.ts";
import { type CallTools, CHECK_STEP, type NextCall, type ResourceKind, SOON_MS, type Step } from "./kind.ts";
import { doingNow, movedAt } from "./progress.ts";

export interface MachineDetail extends Detail {
  plane?: { host: string; port: number };
  endpoint?: string;
  url?: string;
  ip?: string;
  /** PEM, pinned at the first contact for good. */
  certificate?: string;
  /** Digest of the starter files it holds. */
  starter?: string;
  /** Digest of the definition's archive it holds. */
  definition?: string;
  /** Revision of the last document it took. */
  acknowledged?: number;
  /** As seen last. */
  report?: MachineReport;
  /** What seats used of the key on machines of this index that are gone. */
  spent?: Spent;
  /** The key that it holds in its memory, and the start of the agent whose memory that is. */
  key?: { version: number; agent: string };
  /** Why it could not be handed over. */
  keyProblem?: string;
  /** It is asked how it does before that is tried again. */
  keyWaits?: true;
  /** What seats held before they were removed: for the receipt. */
  before?: Leftovers;
  removed?: Leftovers;
  packed?: true;
  /** Since when it has been asked to remove its seats. */
  emptyingSince?: number;
}

type MachineAction = "greet" | "starter" | "definition" | "instruct" | "key" | "ask" | "pack";
export type MachineRow = Resource<MachineDetail>;
type Call = NextCall<MachineAction>;

/** An agent that is restarted by its provider is back sooner. */
const BROKEN_LIMIT_MS = 5000;
/** An agent that can't be told that it ended is removed all the same. */
const TELL_LIMIT_MS = 10_000;
/** Seats that aren't gone by then go with their machine. */
const EMPTY_LIMIT_MS = 20_000;
/** The secret store and the machine answer at once, or they are away. */
const KEY_MS = 2000;
/** Before a broken one is made again. */
const AGAIN_MS = 1000;
/** While nothing is expected to change: how soon it is seen that an agent began anew and has no key, or is gone, that a failed seat healed, and how old saved counts are. */
const CALM_MS = 2000;
/** Whether one that is out of reach and holds work came back. */
const BACK_MS = 1000;
/** A question to the cloud. */
const LOOK_MS = 10_000;
/** Ten shells, browsers and their directories. */
const REMOVE_MS = 40_000;

type MachineStep = Step<MachineAction, MachineDetail>;
const CREATE: MachineStep = {
  ...{ key: "create", summary: "Start the machine", actions: ["create", "look", "greet"] },
  isOver: (_, action) => action === "greet",
};
const STARTER: MachineStep = { key: "starter", summary: "Unpack the starter files once", actions: ["starter"], late: true };
const DEFINITION: MachineStep = { key: "definition", summary: "Send the definition’s own SDKs", actions: ["definition"] };
const INSTRUCT: MachineStep = { key: "instruct", summary: "Tell everyone that the workshop ended", actions: ["instruct"] };
const PACK: MachineStep = { key: "pack", summary: "Pack everyone’s work into one archive", actions: ["pack"] };
export const EMPTY: MachineStep = {
  ...{ key: "empty", summary: "Remove the seats", actions: ["ask", "instruct"] },
  isOver: (row) => isEmptied(row),
};
const REMOVE: MachineStep = { key: "remove", summary: "Stop the machine", actions: ["remove"] };

/** A VM, or locally an agent's process, with up to ten seats. */
export const machine: ResourceKind<MachineDetail, MachineAction> = {
  belongsTo: "start",
  names: ({ id, seats }) => Array.from({ length: machineOfSeat(seats) }, (_, i) => machineName(id, i + 1)),
  isReady: ({ observed, detail: { report, acknowledged = 0 } }, { document }) =>
    observed === "running" &&
    report !== undefined &&
    Math.min(acknowledged, report.revision) >= document &&
    report.seats.some(({ status }) => status === "ready") &&
    report.seats.every(({ status }) => status === "ready" || status === "error"),
  whyFailed,
  doing: ({ detail: { report } }) => report && doingNow(report),
  make,
  unmake,
  holdsWork,
  /** The next one is another machine with another certificate. */
  kept: ({ before, removed, packed, report, spent }) => ({
    ...(before && { before }),
    ...(removed && { removed }),
    ...(packed && { packed }),
    ...(report && { report: withoutLlm(report), spent: spentWith(spent, report.llm) }),
    ...(!report && spent && { spent }),
  }),
  startSteps: (_, { starter, environment }) => [
    CREATE,
    ...(environment?.archive ? [DEFINITION] : []),
    ...(starter ? [STARTER] : []),
  ],
  stopSteps: (row, { work }) => {
    // The second time that it is instructed, it is told to remove its seats.
    const first = row.detail.emptyingSince === undefined && work !== "packed";
    const telling = first ? INSTRUCT : { ...INSTRUCT, actions: [] };
    return [telling, ...(work === "none" ? [] : [PACK]), EMPTY, REMOVE, CHECK_STEP];
  },
  call,
};

export const machinesOf = (rows: readonly Resource[]): MachineRow[] => rows.filter(({ kind }) => kind === "machine");

function whyFailed({ name, observed, detail: { report, brokenSince, problem } }: MachineRow, now: number): string | undefined {
  const seats = report?.seats ?? [];
  // Where others are ready or still being made, the class begins without those that failed.
  if (seats[0] && seats.every(({ status }) => status === "error"))
    return `${whoFailed(seats)} could not be made: ${seats[0].note ?? "the agent gives no reason"}`;
  if (observed !== "broken" || brokenSince === undefined || now - brokenSince < BROKEN_LIMIT_MS) return undefined;
  return `The machine ${name} doesn't run: ${problem ?? "the reason isn't known"}`;
}

/** All of them, where they have one reason. */
function whoFailed([first, ...rest]: readonly SeatReport[]): string {
  const one = `Seat ${seatName(first?.seat ?? 0)}`;
  return rest.length > 0 && rest.every(({ note }) => note === first?.note) ? `${one} and ${rest.length} more` : one;
}

function make({ observed, detail }: MachineRow, subject: Subject): Call {
  const { state, starter, definitionArchive, document, seatsReady } = subject;
  if (observed === "absent") return ["create", 0];
  // Made in part by a gateway that was killed: making it again completes it. One that ran has its own keeper.
  if (observed === "broken" && !detail.certificate) return ["create", AGAIN_MS];
  if (observed !== "running") return ["look", SOON_MS];
  if (!detail.certificate) return ["greet", 0];
  if (definitionArchive && detail.definition !== definitionArchive) return ["definition", 0];
  if (starter && detail.starter !== starter) return ["starter", 0];
  if ((detail.acknowledged ?? 0) < document) return ["instruct", 0];
  if (lacksKey(detail, subject) && !detail.keyWaits) return ["key", 0];
  if (state === "provisioning") return ["ask", SOON_MS];
  return ["ask", seatsReady || isAtRest(detail) ? CALM_MS : SOON_MS];
}

/** Seats that failed are tried again later each time, and nothing else is being made. */
const isAtRest = ({ report }: MachineDetail): boolean =>
  report?.seats.every(({ status }) => status === "ready" || status === "error") ?? false;

/** An agent holds the key in its memory only. */
function lacksKey({ report, key }: MachineDetail, { keyVersion }: Subject): boolean {
  if (!report?.llm) return false;
  return report.llm.state === "no-key" || key?.version !== keyVersion || key.agent !== report.startedAt;
}

function unmake(row: MachineRow, subject: Subject, now: number): Call {
  if (subject.goal !== "gone") return ["remove", 0];
  if (row.observed === "running" && row.detail.certificate) return takeLeave(row, subject, now);
  // What may hold work stays, even out of reach, until that is settled.
  return subject.work === "wanted" && holdsWork(row) ? ["look", BACK_MS] : ["remove", 0];
}

/** Tell learners, pack their work, let the agent remove its seats; then the machine. */
function takeLeave(row: MachineRow, subject: Subject, now: number): Call {
  const { document, work, workProblem, stopAt = now } = subject;
  const { acknowledged = 0, packed, emptyingSince = now } = row.detail;
  const knows = acknowledged >= document;
  if (work === "wanted") {
    if (!knows) return ["instruct", 0];
    return workProblem || packed ? undefined : ["pack", 0];
  }
  if (!knows) return now - stopAt < TELL_LIMIT_MS ? ["instruct", 0] : ["remove", 0];
  return isEmptied(row) || now - emptyingSince >= EMPTY_LIMIT_MS ? ["remove", 0] : ["ask", SOON_MS];
}

const isEmptied = ({ detail: { report } }: MachineRow): boolean => report !== undefined && isEmpty(report.leftovers);

/** A machine that was never greeted has no learner's work; one that is gone has none any more. */
function holdsWork({ observed, detail: { certificate, packed } }: MachineRow): boolean {
  return observed !== "absent" && certificate !== undefined && packed === undefined;
}

/** What is known after a machine took a document. @param before what it held, counted before its end; `emptying`: it removes its seats now */
export function instructed(
  detail: MachineDetail,
  document: { revision: number; emptying: boolean },
  { report, before = detail.before }: { report: MachineReport; before?: Leftovers | undefined },
  now: number,
): MachineDetail {
  return {
    ...detail,
    acknowledged: Math.max(detail.acknowledged ?? 0, document.revision),
    report,
    movedAt: movedAt(detail, report, now),
    ...(before && { before }),
    ...(document.emptying && { emptyingSince: detail.emptyingSince ?? now }),
  };
}

/** What is known after its removal was asked for: whatever was counted twice was there once. */
export const removed = (detail: MachineDetail, counts: Leftovers): MachineDetail => ({
  ...detail,
  removed: largest([detail.removed ?? NOTHING, counts]),
});

async function call(
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
    case "ask": {
      const report = await tools.agents.report(addressOf(row));
      const { keyWaits: _, ...known } = detail;
      return { kind: "learned", detail: asked(known, calmed(report, whole, detail.report), Date.now()), report };
    }
    case "pack":
      await pack(tools, whole, row);
      return { kind: "learned", detail: { ...detail, packed: true } };
  }
}

/** What is known after it was asked how it does. */
export const asked = (detail: MachineDetail, report: MachineReport, now: number): MachineDetail => ({
  ...detail,
  report,
  movedAt: movedAt(detail, report, now),
});

/** What files take goes up and down with every second of a class, and is counted again when it ends: not worth a write each time. */
function calmed(report: MachineReport, { workshop }: Whole, before: MachineReport | undefined): MachineReport {
  return workshop.state === "running" && before ? { ...report, leftovers: before.leftovers } : report;
}

const withoutLlm = ({ llm: _, ...report }: MachineReport): MachineReport => report;

/** Never fails: whether Claude answers is no part of whether the class can begin. */
async function handOver({ agents, cloud }: CallTools, { workshop }: Whole, row: MachineRow): Promise<Outcome<MachineDetail>> {
  const { keyProblem: _, keyWaits: __, ...known } = row.detail;
  try {
    const apiKey = await cloud.secrets.get(secretName(workshop.id), { signal: AbortSignal.timeout(KEY_MS) });
    if (apiKey === undefined) throw new Problem("NOT_FOUND", "the sealed API key is gone");
    await agents.putKey(addressOf(row), apiKey, KEY_MS);
    const report = await agents.report(addressOf(row), KEY_MS);
    const key = { version: workshop.llm.keyVersion, agent: report.startedAt };
    return { kind: "learned", detail: { ...asked(known, report, Date.now()), key }, report };
  } catch (cause) {
    const keyProblem = cause instanceof Error ? cause.message : String(cause);
    return { kind: "learned", detail: { ...known, keyProblem, keyWaits: true } };
  }
}

/** Of a machine that runs and was greeted. */
export function addressOf(row: MachineRow): MachineAddress {
  if (!row.detail.certificate) throw new Problem("UNAVAILABLE", `The machine ${row.name} was not greeted yet.`);
  return { name: row.name, plane: planeOf(row), certificate: row.detail.certificate };
}

function planeOf(row: MachineRow): MachineAddress["plane"] {
  if (!row.detail.plane) throw new Problem("UNAVAILABLE", `The machine ${row.name} has no address yet.`);
  return row.detail.plane;
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
  return found && seen(found);
}

/** What the cloud says of a machine. */
export function seen({ status, plane, endpoint, url, ip, detail: problem }: FoundMachine): Found<MachineDetail> {
  const where = { ...(plane && { plane }), ...(endpoint && { endpoint }), ...(url && { url }), ...(ip && { ip }) };
  return { status, detail: where, ...(problem && { problem }) };
}

async function create(
  { cloud, issuer }: CallTools,
  { workshop, seats }: Whole,
  row: MachineRow,
): Promise<Outcome<MachineDetail>> {
  const { requestId = "", nonce = "", creatingUntil = Date.now() + CREATE_MS } = row.detail;
  const signal = AbortSignal.timeout(Math.max(1, creatingUntil - Date.now()));
  const boot = JSON.stringify(bootDocumentFor(documentFor(workshop, seats, placeOf(row), issuer), nonce));
  await cloud.machines.create({ name: row.name, workshop: workshop.id, requestId, boot }, { signal });
  return { kind: "created" };
}

const placeOf = ({ idx: index, detail: { spent } }: MachineRow) => ({ index, spent });

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

async function instruct(
  { agents, issuer }: CallTools,
  { workshop, seats }: Whole,
  row: MachineRow,
): Promise<Outcome<MachineDetail>> {
  const document = documentFor(workshop, seats, placeOf(row), issuer);
  const ending = document.phase === "ending";
  // Counted before they go: the receipt says what was there.
  const before = ending && !row.detail.before ? (await agents.report(addressOf(row))).leftovers : undefined;
  const report = await agents.putDocument(addressOf(row), document);
  const emptying = ending && !document.keepFiles;
  const detail = instructed(row.detail, { revision: document.revision, emptying }, { report, before }, Date.now());
  return { kind: "learned", detail, report };
}

async function pack({ agents, archives }: CallTools, { workshop, learners }: Whole, row: MachineRow): Promise<void> {
  // Whoever sat there last: the work of a freed seat was wiped with it.
  const last = new Map(learners.filter(({ why }) => why !== "freed").map((learner) => [learner.seat, learner]));
  const folders = [...last.values()].map(({ seat, name }) => ({ seat, folder: folderName(seatName(seat), name) }));
  // Of the machine's own: another machine's are asked of that.
  const own = folders.filter(({ seat }) => machineOfSeat(seat) === row.idx);
  await archives.pack(workshop.id, own, (folder) => agents.archive(addressOf(row), folder));
}
