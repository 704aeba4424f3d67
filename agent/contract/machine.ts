import { type Static, Type } from "@sinclair/typebox";
import type { ChangeView } from "./changes.ts";
import type { SeatImage } from "./image.ts";
import { type LlmReport, RelayWish } from "./llm.ts";
import type { SeatStatus } from "./seats.ts";
import type { PreviewFeature } from "./session.ts";

/** The contract only grows: a field added later is optional here for ever. */
export const DOCUMENT_VERSION = 1;

/** Where the plane of a machine that stands alone listens; others tell their provider. */
export const PLANE_PORT = 8443;

/** Characters; four certificates have 8000. */
const CHAIN_LIMIT = 64 * 1024;

const DIGEST = "^[0-9a-f]{64}$";

/** What a seat is made from. */
const MadeFrom = {
  /** The normalized workshop.yaml; without it, the first built-in one. */
  definition: Type.Optional(Type.String()),
  /** Where the definition's own SDKs are; the bytes come by `PUT /v1/definition/:digest` before the document that names them. */
  definitionArchive: Type.Optional(Type.Object({ digest: Type.String({ pattern: DIGEST }) })),
};

const WantedSeat = Type.Object({
  seat: Type.Integer({ minimum: 1 }),
  /** Ends every token, cookie and socket of a lower one. */
  generation: Type.Integer({ minimum: 1 }),
  /** The seat's files and processes must be no older than this generation: a freed seat is wiped before a stranger gets it. */
  freshSince: Type.Integer({ minimum: 1 }),
  /** Of a project's: what its workshop is called. It has a definition of its own, in place of the document's. */
  name: Type.Optional(Type.String()),
  ...MadeFrom,
});
export type WantedSeat = Static<typeof WantedSeat>;

/** A directory of this computer whose workshops the seats are: no gateway asks their agent, the command line does. */
export const WantedProject = Type.Object({
  /** Absolute, without a link in it. */
  directory: Type.String({ pattern: "^/" }),
  /** Who it belonged to when its first workshop was launched, and as whom all their programs run. Missing: root, as whom none does. */
  owner: Type.Optional(
    Type.Object({
      uid: Type.Integer({ minimum: 1 }),
      /** Missing: a number that is nobody's here. */
      gid: Type.Optional(Type.Integer({ minimum: 1 })),
    }),
  ),
});
export type WantedProject = Static<typeof WantedProject>;

/** What the gateway wants of a machine. The boot copy comes with the machine; later ones by `PUT /v1/machine`. */
export const MachineDocument = Type.Object({
  version: Type.Literal(DOCUMENT_VERSION),
  /** Goes up with every change; a lower one is refused, the same one is taken again. */
  revision: Type.Integer({ minimum: 0 }),
  workshop: Type.Object({ id: Type.String(), name: Type.String() }),
  /** `clarateach-ws-abc`; the audience of every token. */
  machine: Type.String(),
  machineIndex: Type.Integer({ minimum: 1 }),
  /** `ending`: learners are told and cut, seats are removed, nothing is made any more. */
  phase: Type.Union([Type.Literal("running"), Type.Literal("ending")]),
  /**
   * Only while ending: learners are told and cut and the seats' processes end, but their directories stay, until a document without
   * this: the gateway packs everyone's work first (`GET /v1/archive`).
   */
  keepFiles: Type.Optional(Type.Boolean()),
  /** Only while ending: until when the gateway keeps everyone's work, where it does; ISO 8601, UTC. Learners are told. */
  keptUntil: Type.Optional(Type.String()),
  /** ISO 8601, UTC. */
  endsAt: Type.String(),
  /** Public keys (JWK, OKP Ed25519) that sign learners' and machine tokens. */
  keys: Type.Array(Type.Record(Type.String(), Type.Unknown())),
  /** `iss` of tokens, and the only foreign origin the agent trusts: the gateway's public address. */
  gateway: Type.String(),
  /** Host, with the port where it isn't 443, under which learners reach this machine by https through a front; without it, localhost. */
  publicHost: Type.Optional(Type.String({ pattern: "^[a-z0-9.-]{1,253}(:[0-9]{1,5})?$" })),
  /** Names one label below `publicHost` lead to this machine by https, too; missing: an older gateway, or they don't. */
  namesBelow: Type.Optional(Type.Boolean()),
  /** PEM, the leaf first, of the request that the report has: of a machine whose door is its own. */
  chain: Type.Optional(Type.String({ maxLength: CHAIN_LIMIT })),
  seats: Type.Array(WantedSeat, { maxItems: 10 }),
  /** Unpacked in every /workspace; the bytes come by `PUT /v1/starter/:digest` before the document that names them. */
  starter: Type.Optional(Type.Object({ digest: Type.String({ pattern: DIGEST }), name: Type.String() })),
  ...MadeFrom,
  /** Only in the boot copy, and never another one. */
  project: Type.Optional(WantedProject),
  /** Who may use how much of which model; without it every seat has the default cap. The key isn't here: `PUT /v1/relay/key`. */
  relay: Type.Optional(RelayWish),
  /** Only in the boot copy: see contract/hello.ts. 64 hex digits. */
  nonce: Type.Optional(Type.String({ pattern: DIGEST })),
});
export type MachineDocument = Static<typeof MachineDocument>;

export interface SeatReport {
  seat: number;
  generation: number;
  status: SeatStatus;
  /** Of the tasks that make it, 0 to 1. */
  progress: number;
  /** What it is doing, or why it failed: for people. */
  note?: string;
  /** What may be asked of it now: `refresh`, `stop` … (missing: an older agent). */
  operations?: string[];
  /** It was made, or is being made, from another definition than the document has now: a refresh may change it. */
  older?: true;
  /** Open terminal sockets now. A learner is connected when this is above 0. */
  viewers: number;
  /** When a learner's first socket opened and when the last one closed; ISO 8601, UTC. Kept over an agent's restart. */
  connectedAt?: string;
  disconnectedAt?: string;
  /** Only where the runtime measures it, and only for the machine's owner. */
  usage?: SeatUsage;
}

/** What a seat takes of its machine now. */
export interface SeatUsage {
  memoryBytes: number;
  memoryLimitBytes: number;
  processes: number;
}

/** What a machine answers: facts only. */
export interface MachineReport {
  version: 1;
  revision: number;
  agent: string;
  runtime: "process" | "docker";
  startedAt: string;
  seats: SeatReport[];
  /** Of a machine whose door is its own: PEM, what an authority is to sign. Its key stays there. */
  csr?: string;
  /** Fingerprint (SHA-256, `AB:CD:…`) of the certificate that this door was seen to show. */
  shown?: string;
  /** Unfinished ones and the last few finished, newest last. */
  changes: ChangeView[];
  preview: PreviewFeature;
  /** Where seats are made from one: theirs as they were started last. */
  image?: SeatImage;
  /** What is left of seats: all zero once the workshop may be called gone. */
  leftovers: Leftovers;
  /** All that was ever removed here, counted while it was: for the receipt. */
  removed?: Leftovers;
  /** What the seats used of the instructor's key, and how the upstream does. */
  llm?: LlmReport;
}

/** Counted by looking, not by remembering. */
export interface Leftovers {
  processes: number;
  directories: number;
  sockets: number;
  /** In the seats' directories. */
  bytes: number;
}

/** `WS /v1/events`: a hint that the report changed; the report is the truth. */
export interface MachineEvent {
  type: "changed";
}

/** Bytes of one seat's files in an archive, holes too: whoever unpacks ten such folders needs as much room. */
export const ARCHIVE_BYTES_LIMIT = 4 * 2 ** 30;
/** What those files have on the seat's disk: ten seats' archives must fit on the gateway's. */
export const ARCHIVE_BLOCKS_LIMIT = 2 * 2 ** 30;

/** `GET /v1/archive`: one zip of these seats' work; the folders' names come from the gateway, which knows the learners. */
export interface ArchiveFolder {
  seat: number;
  folder: string;
}
