import type { ChangeView } from "../../../agent/contract/changes.ts";
import type { LlmReport } from "../../../agent/contract/llm.ts";
import type { MachineReport } from "../../../agent/contract/machine.ts";
import { chainFor, chainsAnew } from "../../../gateway/workshops/chains.ts";
import { concluded, created, started, stopped } from "../../../gateway/workshops/moves.ts";
import { type Action, type Plan, plan } from "../../../gateway/workshops/plan.ts";
import type { Held } from "../../../gateway/workshops/record.ts";
import { begun, type Outcome, type Resource, settled } from "../../../gateway/workshops/resource.ts";
import { kindOf } from "../../../gateway/workshops/resources/kinds.ts";
import {
  asked,
  instructed,
  type MachineDetail,
  type MachineRow,
  machinesOf,
  removed,
  seen,
} from "../../../gateway/workshops/resources/machine-row.ts";
import { type CloudTraits, subjectOf } from "../../../gateway/workshops/subject.ts";
import type { FoundMachine } from "../../../provision/cloud.ts";
import { callPart } from "./model-parts.ts";

/** Of machines that are there within a second. */
const CLOUD: CloudTraits = { patience: { createMs: 15_000, troubleMs: 30_000, leadMs: 60_000 }, machines: {}, secrets: {} };

/** How the world treats one call: it works · it works and the answer is lost · it never arrives. */
export type Fate = "ok" | "lost" | "refused";

interface ModelMachine {
  requestId: string;
  nonce: string;
  bornAt: number;
  document: number;
  ending: boolean;
  keepFiles: boolean;
  starter?: string;
  definition?: string;
  ready: number;
  /** Of its seats, as it was told. */
  generation: number;
  broken: boolean;
  work: number;
  /** Goes up with every start of its agent, whose memory holds the key. */
  agent: number;
  /** Version of the key that it holds. */
  key?: number;
  /** Its part of the workshop's cap, as it was told. */
  capUsd?: number;
  /** What its seats used of the key. */
  usedUsd: number;
  /** Of the certificate that its door shows. */
  shown?: string;
}

/** A cloud, its agents and a database in memory, with a clock of its own. Every act is one step, so that anything may come between two. */
export class Model {
  now = 1_800_000_000_000;
  held: Held;
  machine: ModelMachine | undefined;
  secret = true;
  certificate: { bornAt: number; refused: boolean; csr?: string } | undefined;
  /** Where the machine's public name points. */
  name: { bornAt: number; ip: string } | undefined;
  /** Of its certificate stays with the machine. */
  ownKeys = false;
  /** No authority gives one. */
  refused = false;
  readonly usedRequests = new Set<string>();
  readonly violations: string[] = [];
  archived = 0;
  /** No more seats than these get ready. */
  stuckAt = Number.POSITIVE_INFINITY;
  /** How far the installing of an SDK got. */
  built = 0;
  /** Which seats fail again and again. */
  failing: "none" | "second" | "all" = "none";
  /** These wait for a person. */
  waiting: "none" | "second" | "all" = "none";
  keyFails = false;
  seats = 3;
  /** Goes up when a seat is freed. */
  generation = 1;
  seatsReady = false;
  learners = 0;
  /** All that was ever used of the key. */
  usedUsd = 0;
  #ids = 0;

  /** @param domain where machines have public names, each with a certificate */
  constructor(
    starter: boolean,
    public domain?: string,
    ownSdks = false,
  ) {
    const names = { id: "ws-abc123", code: "CLARA-7K3M" };
    const archive = ownSdks ? { archive: { name: "class.zip", bytes: 1, digest: "e".repeat(64) } } : {};
    const environment = { name: "claude", base: "debian@12", sdks: [], connections: [], actions: [], ...archive };
    const wish = { name: "First steps", seats: 3, hours: 4, definition: null, environment };
    const { workshop, rows } = created("local", wish, names, new Date(this.now));
    const files = starter ? { name: "a.zip", digest: "d".repeat(64), bytes: 1 } : null;
    this.held = { workshop: { ...workshop, starter: files }, rows };
  }

  /** The machine's, as the world reaches it. */
  get address(): string | undefined {
    return this.machine && `192.0.2.${this.machine.requestId.slice(1)}`;
  }

  get hasDomain(): boolean {
    return this.domain !== undefined;
  }

  start(): void {
    this.#write(() =>
      started(
        this.held,
        new Date(this.now),
        this.domain ? { domain: this.domain, records: true, certificates: true } : undefined,
      ),
    );
  }

  stop(keepWork: boolean | undefined): void {
    this.#write(() => stopped(this.held, { keepWork, learners: this.learners > 0 }, new Date(this.now)));
  }

  join(): void {
    if (this.held.workshop.state !== "running" || !this.machine) return;
    this.learners++;
    this.machine.work++;
  }

  /** A seat is wiped for somebody else. */
  free(): void {
    const { workshop } = this.held;
    if (workshop.state !== "running") return;
    this.generation++;
    this.#write(() => ({ ...this.held, workshop: { ...workshop, document: workshop.document + 1 } }));
    this.seatsReady = false;
  }

  /** The agent's process ends and another one begins: what was in memory only is gone. */
  restartAgent(): void {
    if (!this.machine) return;
    this.machine.agent++;
    delete this.machine.key;
  }

  replaceKey(): void {
    const { workshop } = this.held;
    if (workshop.state === "stopping" || workshop.state === "stopped") return;
    const llm = { ...workshop.llm, keyVersion: workshop.llm.keyVersion + 1 };
    this.#write(() => ({ ...this.held, workshop: { ...workshop, llm } }));
  }

  /** A seat asks Claude something. */
  use(usd: number): void {
    if (!this.machine?.key || this.machine.ending) return;
    this.machine.usedUsd += usd;
    this.usedUsd += usd;
  }

  plan(): Plan {
    return plan(subjectOf({ ...this.held, learners: [] }, this.seatsReady, CLOUD), this.now);
  }

  /** Chains that no document has yet come into the next one. */
  tellChains(): void {
    const anew = this.held.workshop.state === "stopping" ? undefined : chainsAnew(this.held);
    if (anew) this.#write(() => anew);
  }

  /** The store's part of `conclude`: nothing happens when the workshop changed since it was read. */
  conclude(revision: number, conclusion: NonNullable<Plan["conclusion"]>): void {
    if (this.held.workshop.revision !== revision) return;
    if (conclusion.kind === "gone" || conclusion.kind === "undone") this.#checkNothingLeft(conclusion.kind);
    this.#write(() =>
      concluded(
        this.held,
        conclusion,
        { learners: this.learners, kept: this.archived > 0 ? { bytes: 100, folders: this.archived } : undefined },
        new Date(this.now),
      ),
    );
  }

  /** Saves what a call needs; undefined when the row changed since it was read. */
  begin(row: Resource, action: Action): Resource | undefined {
    if (this.row(row)?.version !== row.version) return undefined;
    const fresh = () => ({ requestId: `r${++this.#ids}`, nonce: `n${this.#ids}` });
    const saved = begun(row, action.kind, this.now, fresh, CLOUD.patience.createMs);
    if (saved) this.#save(saved);
    return saved ?? row;
  }

  settle(row: Resource, action: Action, outcome: Outcome): void {
    if (this.row(row)?.version !== row.version) return;
    this.#save(settled(row, action.kind, outcome, this.now, kindOf(row).kept));
    const report = outcome.kind === "learned" ? outcome.report : undefined;
    if (report && this.held.workshop.state === "running")
      this.seatsReady ||= report.seats.every(({ status, generation }) => status === "ready" && generation === this.generation);
  }

  row({ kind, idx }: Pick<Resource, "kind" | "idx">): Resource | undefined {
    return this.held.rows.find((row) => row.kind === kind && row.idx === idx);
  }

  call(row: Resource, action: Action, fate: Fate): Outcome {
    const silence = failed(`${action.kind} got no answer`);
    if (fate === "refused") return silence;
    const outcome = this.#perform(row, action);
    return fate === "lost" ? silence : outcome;
  }

  #perform(row: Resource, action: Action): Outcome {
    return row.kind === "machine" ? this.#callMachine(row, action) : callPart(this, row, action.kind);
  }

  #callMachine(row: MachineRow, { kind }: Action): Outcome<MachineDetail> {
    const { detail, name } = row;
    if (kind === "look" || kind === "check") {
      const found = this.#find(name);
      return { kind: "looked", found: found && seen(found) };
    }
    if (kind === "remove") {
      this.machine = undefined;
      return { kind: "removed", detail: removed(detail, { processes: 1, directories: 1, sockets: 1, bytes: 10 }) };
    }
    if (kind === "create") return this.#create(row);
    const machine = this.machine;
    if (!machine || this.#find(name)?.status !== "running") return failed("nobody answers");
    if (kind === "greet")
      return machine.nonce === detail.nonce
        ? { kind: "learned", detail: { ...detail, certificate: `cert-${machine.nonce}` } }
        : failed("wrong mac");
    return detail.certificate === `cert-${machine.nonce}` ? this.#callAgent(machine, row, kind) : failed("another certificate");
  }

  #callAgent(machine: ModelMachine, { detail }: MachineRow, kind: string): Outcome<MachineDetail> {
    if (kind === "starter") {
      machine.starter = this.held.workshop.starter?.digest ?? "";
      return { kind: "learned", detail: { ...detail, starter: machine.starter } };
    }
    if (kind === "definition") {
      machine.definition = this.held.workshop.environment?.archive?.digest ?? "";
      return { kind: "learned", detail: { ...detail, definition: machine.definition } };
    }
    if (kind === "instruct") return this.#instruct(machine, detail);
    if (kind === "key") {
      if (this.keyFails) return { kind: "learned", detail: { ...detail, keyProblem: "it hangs", keyWaits: true } };
      machine.key = this.held.workshop.llm.keyVersion;
      const report = this.#report(machine);
      return { kind: "learned", detail: { ...detail, report, key: { version: machine.key, agent: report.startedAt } }, report };
    }
    if (kind === "pack") {
      if (machine.ending && !machine.keepFiles) this.violations.push("packed after the files were given up");
      this.archived = machine.work;
      return { kind: "learned", detail: { ...detail, packed: true } };
    }
    const report = this.#report(machine);
    return { kind: "learned", detail: asked(detail, report, this.now), report };
  }

  #create({ detail }: MachineRow): Outcome<MachineDetail> {
    if (detail.creatingUntil === undefined || detail.creatingUntil <= this.now) {
      return failed("the deadline passed");
    }
    const { requestId = "", nonce = "" } = detail;
    if (this.machine && this.machine.requestId !== requestId) this.violations.push("two machines at once");
    if (!this.machine && !this.usedRequests.has(requestId)) {
      const blank = {
        document: 0,
        generation: this.generation,
        ending: false,
        keepFiles: false,
        ready: 0,
        broken: false,
        work: 0,
        agent: 1,
        usedUsd: 0,
      };
      this.machine = { requestId, nonce, bornAt: this.now, ...blank };
    }
    this.usedRequests.add(requestId);
    return { kind: "created" };
  }

  #instruct(machine: ModelMachine, detail: MachineDetail): Outcome<MachineDetail> {
    const { state, work, document } = this.held.workshop;
    if (document < machine.document) return failed("a lower revision");
    machine.document = document;
    const own = `csr ${machine.nonce}`;
    if (chainFor(this.held.rows, 1) === `chain ${own}`) machine.shown = `fingerprint ${own}`;
    machine.ending ||= state === "stopping";
    machine.keepFiles = work === "wanted";
    // A freed seat is wiped and made again: for that it needs longer than this answer.
    if (machine.generation < this.generation) machine.ready = Math.max(0, machine.ready - 2);
    machine.generation = this.generation;
    if (!machine.ending && this.held.workshop.starter && !machine.starter)
      this.violations.push("seats were made without their starter files");
    if (!machine.ending && this.held.workshop.environment?.archive && !machine.definition)
      this.violations.push("seats were made without the SDKs of their definition");
    const emptying = machine.ending && !machine.keepFiles;
    const before = machine.ending ? { processes: 4, directories: this.seats, sockets: 2, bytes: 50 } : undefined;
    const report = this.#report(machine);
    return {
      kind: "learned",
      detail: instructed(detail, { revision: document, emptying }, { report, before: detail.before ?? before }, this.now),
      report,
    };
  }

  #change(): ChangeView {
    const progress = { label: "steps", done: this.built, total: 100 };
    const task = { id: "1", kind: "docker/build-layer", summary: "Install node", status: "doing" as const, log: [], progress };
    return { id: "1", kind: "make", summary: "Make seats", status: "doing", tasks: [task], startedAt: "" };
  }

  #statusOf(i: number, machine: ModelMachine) {
    const has = (which: "none" | "second" | "all") => which === "all" || (which === "second" && i === 1);
    if (has(this.waiting)) return "waiting" as const;
    if (has(this.failing)) return "error" as const;
    return i < machine.ready ? ("ready" as const) : ("pending" as const);
  }

  #report(machine: ModelMachine): MachineReport {
    if (!machine.ending) machine.ready = Math.min(this.seats, this.stuckAt, machine.ready + 1);
    else if (!machine.keepFiles) machine.ready = Math.max(0, machine.ready - 1);
    const seats = Array.from({ length: this.seats }, (_, i) => ({
      seat: i + 1,
      generation: machine.generation,
      status: this.#statusOf(i, machine),
      progress: 0,
      viewers: 0,
    }));
    const leftovers = { processes: machine.ready, directories: machine.ready, sockets: 0, bytes: 0 };
    const startedAt = `${machine.nonce} ${machine.agent}`;
    const rest = { agent: "1", runtime: "process", startedAt, changes: [], preview: { available: true } } as const;
    return {
      version: 1,
      revision: machine.document,
      seats,
      leftovers,
      ...rest,
      changes: [this.#change()],
      llm: this.#llm(machine),
      ...(this.ownKeys && { csr: `csr ${machine.nonce}`, ...(machine.shown !== undefined && { shown: machine.shown }) }),
    };
  }

  #llm({ key, usedUsd: usd }: ModelMachine): LlmReport {
    const counts = { requests: 1, inputTokens: 1, outputTokens: 1, cacheWriteTokens: 0, cacheReadTokens: 0, usd };
    const models = usd > 0 ? [{ model: "claude-haiku-4-5", ...counts }] : [];
    return { state: key === undefined ? "no-key" : "ok", seats: [{ seat: 1, paused: false, ...counts, models }] };
  }

  #find(name: string): FoundMachine | undefined {
    if (!this.machine) return undefined;
    const where = { url: "http://localhost:1", endpoint: "localhost:1", ip: this.address ?? "" };
    const common = { name, workshop: "ws-abc123", ...where };
    if (this.machine.broken) return { ...common, status: "broken" as const, detail: "its agent ends at once" };
    if (this.now - this.machine.bornAt < 500) return { ...common, status: "starting" as const };
    return { ...common, status: "running" as const, plane: { host: "127.0.0.1", port: 1 } };
  }

  #checkNothingLeft(what: "gone" | "undone"): void {
    if (this.machine) this.violations.push(`${what}, and a machine is there`);
    if (this.name) this.violations.push(`${what}, and a name is there`);
    if (this.certificate) this.violations.push(`${what}, and a certificate is there`);
    if (what === "gone" && this.secret) this.violations.push("gone, and the key is there");
    if (what === "gone" && this.held.workshop.work === "wanted") this.violations.push("gone, and the work was wanted");
  }

  /** As the store does it: rows that aren't written stay, and seats are offered while the workshop runs. */
  #write(change: () => Held): void {
    try {
      const next = change();
      if (next.workshop.state !== this.held.workshop.state)
        this.seatsReady = next.workshop.state === "running" && allReady(next.rows);
      const kept = this.held.rows.filter((old) => !next.rows.some(({ kind, idx }) => kind === old.kind && idx === old.idx));
      const workshop = { ...next.workshop, revision: this.held.workshop.revision + 1 };
      this.held = { workshop, rows: [...kept, ...next.rows] };
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "Problem") throw error;
    }
  }

  #save(row: Resource): void {
    const rows = this.held.rows.map((old) => (old.kind === row.kind && old.idx === row.idx ? row : old));
    this.held = { workshop: { ...this.held.workshop, revision: this.held.workshop.revision + 1 }, rows };
  }
}

const failed = (message: string): Outcome => ({ kind: "failed", message, definite: false });

const allReady = (rows: readonly Resource[]): boolean =>
  machinesOf(rows).every(({ detail }) => detail.report?.seats.every(({ status }) => status === "ready"));
