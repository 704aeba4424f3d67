import type { MachineReport } from "../../../agent/contract/machine.ts";
import { concluded, created, type Held, started, stopped, subjectOf } from "../../../gateway/workshops/moves.ts";
import { type Action, type Plan, plan } from "../../../gateway/workshops/plan.ts";
import { begun, type Outcome, type Resource, settled } from "../../../gateway/workshops/resource.ts";

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
  ready: number;
  broken: boolean;
  work: number;
}

/** A cloud, its agents and a database in memory, with a clock of its own. Every act is one step, so that anything may come between two. */
export class Model {
  now = 1_800_000_000_000;
  held: Held;
  machine: ModelMachine | undefined;
  secret = true;
  certificate: { bornAt: number; refused: boolean } | undefined;
  /** No authority gives one. */
  refused = false;
  readonly usedRequests = new Set<string>();
  readonly violations: string[] = [];
  archived = 0;
  seatFails = false;
  seats = 3;
  learners = 0;
  #ids = 0;

  /** @param domain where machines have public names, each with a certificate */
  constructor(
    starter: boolean,
    private readonly domain?: string,
  ) {
    const names = { id: "ws-abc123", code: "CLARA-7K3M" };
    const { workshop, rows } = created("local", { name: "First steps", seats: 3, hours: 4 }, names, new Date(this.now));
    const files = starter ? { name: "a.zip", digest: "d".repeat(64), bytes: 1 } : null;
    this.held = { workshop: { ...workshop, starter: files }, rows };
  }

  get hasDomain(): boolean {
    return this.domain !== undefined;
  }

  start(): void {
    this.#write(() => started(this.held, new Date(this.now), this.domain));
  }

  stop(keepWork: boolean | undefined): void {
    this.#write(() => stopped(this.held, { keepWork, learners: this.learners > 0 }, new Date(this.now)));
  }

  join(): void {
    if (this.held.workshop.state !== "running" || !this.machine) return;
    this.learners++;
    this.machine.work++;
  }

  plan(): Plan {
    return plan(subjectOf(this.held, true), this.now);
  }

  /** The store's part of `conclude`: nothing happens when the workshop changed since it was read. */
  conclude(revision: number, conclusion: NonNullable<Plan["conclusion"]>): void {
    if (this.held.workshop.revision !== revision) return;
    if (conclusion.kind === "gone" || conclusion.kind === "undone") this.#checkNothingLeft(conclusion.kind);
    this.#write(() => concluded(this.held, conclusion, this.learners, new Date(this.now)));
  }

  /** Saves what a call needs; undefined when the row changed since it was read. */
  begin(row: Resource, action: Action): Resource | undefined {
    if (this.row(row)?.version !== row.version) return undefined;
    const saved = begun(row, action.kind, this.now, () => ({ requestId: `r${++this.#ids}`, nonce: `n${this.#ids}` }));
    if (saved) this.#save(saved);
    return saved ?? row;
  }

  settle(row: Resource, outcome: Outcome): void {
    if (this.row(row)?.version === row.version) this.#save(settled(row, outcome, this.now));
  }

  row({ kind, idx }: Pick<Resource, "kind" | "idx">): Resource | undefined {
    return this.held.rows.find((row) => row.kind === kind && row.idx === idx);
  }

  call(row: Resource, action: Action, fate: Fate): Outcome {
    const failed: Outcome = { kind: "failed", action: action.kind, message: `${action.kind} got no answer`, definite: false };
    if (fate === "refused") return failed;
    const outcome = this.#perform(row, action);
    return fate === "lost" ? failed : outcome;
  }

  #perform(row: Resource, action: Action): Outcome {
    if (row.kind === "secret") return this.#callSecret(action);
    return row.kind === "certificate" ? this.#callCertificate(row, action) : this.#callMachine(row, action);
  }

  #callCertificate({ name }: Resource, { kind }: Action): Outcome {
    if (kind === "create") {
      if (!this.certificate || this.certificate.refused) this.certificate = { bornAt: this.now, refused: this.refused };
      return { kind: "created" };
    }
    if (kind === "remove") {
      this.certificate = undefined;
      return { kind: "removed", counts: { processes: 0, directories: 0, sockets: 0, bytes: 0 } };
    }
    const age = this.now - (this.certificate?.bornAt ?? 0);
    const status = age < 2000 ? ("starting" as const) : this.certificate?.refused ? ("broken" as const) : ("running" as const);
    const found = { name, workshop: "ws-abc123", status, ...(status === "broken" && { detail: "nobody gives one" }) };
    return { kind: "looked", found: this.certificate && found, check: kind === "check" };
  }

  #callSecret({ kind }: Action): Outcome {
    if (kind === "remove") {
      this.secret = false;
      return { kind: "removed", counts: { processes: 0, directories: 0, sockets: 0, bytes: 0 } };
    }
    return { kind: "lookedSecret", exists: this.secret, check: kind === "check" };
  }

  #callMachine(row: Resource, { kind }: Action): Outcome {
    const failed = (message: string): Outcome => ({ kind: "failed", action: kind, message, definite: false });
    const { detail } = row;
    if (kind === "look" || kind === "check") return { kind: "looked", found: this.#find(row.name), check: kind === "check" };
    if (kind === "remove") {
      this.machine = undefined;
      return { kind: "removed", counts: { processes: 1, directories: 1, sockets: 1, bytes: 10 } };
    }
    if (kind === "create") return this.#create(row);
    const machine = this.machine;
    if (!machine || this.#find(row.name)?.status !== "running") return failed("nobody answers");
    if (kind === "greet")
      return machine.nonce === detail.nonce ? { kind: "greeted", certificate: `cert-${machine.nonce}` } : failed("wrong mac");
    if (detail.certificate !== `cert-${machine.nonce}`) return failed("another certificate");
    switch (kind) {
      case "starter":
        machine.starter = this.held.workshop.starter?.digest ?? "";
        return { kind: "starter", digest: machine.starter };
      case "instruct":
        return this.#instruct(machine);
      case "pack":
        if (machine.ending && !machine.keepFiles) this.violations.push("packed after the files were given up");
        this.archived = machine.work;
        return { kind: "packed", bytes: 100, folders: machine.work };
      default:
        return { kind: "asked", report: this.#report(machine) };
    }
  }

  #create({ detail }: Resource): Outcome {
    if (detail.creatingUntil === undefined || detail.creatingUntil <= this.now) {
      return { kind: "failed", action: "create", message: "the deadline passed", definite: false };
    }
    const { requestId = "", nonce = "" } = detail;
    if (this.machine && this.machine.requestId !== requestId) this.violations.push("two machines at once");
    if (!this.machine && !this.usedRequests.has(requestId)) {
      const blank = { document: 0, ending: false, keepFiles: false, ready: 0, broken: false, work: 0 };
      this.machine = { requestId, nonce, bornAt: this.now, ...blank };
    }
    this.usedRequests.add(requestId);
    return { kind: "created" };
  }

  #instruct(machine: ModelMachine): Outcome {
    const { state, work, document } = this.held.workshop;
    if (document < machine.document) return { kind: "failed", action: "instruct", message: "a lower revision", definite: false };
    machine.document = document;
    machine.ending ||= state === "stopping";
    machine.keepFiles = work === "wanted";
    if (!machine.ending && this.held.workshop.starter && !machine.starter)
      this.violations.push("seats were made without their starter files");
    const before = { processes: 4, directories: this.seats, sockets: 2, bytes: 50 };
    return {
      kind: "instructed",
      revision: document,
      report: this.#report(machine),
      before,
      emptying: machine.ending && !machine.keepFiles,
    };
  }

  #report(machine: ModelMachine): MachineReport {
    if (!machine.ending) machine.ready = Math.min(this.seats, machine.ready + 1);
    else if (!machine.keepFiles) machine.ready = Math.max(0, machine.ready - 1);
    const seats = Array.from({ length: this.seats }, (_, i) => ({
      seat: i + 1,
      generation: 1,
      status: this.seatFails && i === 1 ? ("error" as const) : i < machine.ready ? ("ready" as const) : ("pending" as const),
      progress: 0,
      viewers: 0,
    }));
    const leftovers = { processes: machine.ready, directories: machine.ready, sockets: 0, bytes: 0 };
    const rest = { agent: "1", runtime: "process", startedAt: "", changes: [], preview: { available: true } } as const;
    return { version: 1, revision: machine.document, seats, leftovers, ...rest, changes: [] };
  }

  #find(name: string) {
    if (!this.machine) return undefined;
    const common = { name, workshop: "ws-abc123", url: "http://localhost:1", endpoint: "localhost:1" };
    if (this.machine.broken) return { ...common, status: "broken" as const, detail: "its agent ends at once" };
    if (this.now - this.machine.bornAt < 500) return { ...common, status: "starting" as const };
    return { ...common, status: "running" as const, plane: { host: "127.0.0.1", port: 1 } };
  }

  #checkNothingLeft(what: "gone" | "undone"): void {
    if (this.machine) this.violations.push(`${what}, and a machine is there`);
    if (this.certificate) this.violations.push(`${what}, and a certificate is there`);
    if (what === "gone" && this.secret) this.violations.push("gone, and the key is there");
    if (what === "gone" && this.held.workshop.work === "wanted") this.violations.push("gone, and the work was wanted");
  }

  #write(change: () => Held): void {
    try {
      const next = change();
      this.held = { ...next, workshop: { ...next.workshop, revision: this.held.workshop.revision + 1 } };
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "Problem") throw error;
    }
  }

  #save(row: Resource): void {
    const rows = this.held.rows.map((old) => (old.kind === row.kind && old.idx === row.idx ? row : old));
    this.held = { workshop: { ...this.held.workshop, revision: this.held.workshop.revision + 1 }, rows };
  }
}

/** One gateway's driver: reads, saves, calls, saves, one step at a time; a kill forgets all that isn't saved. */
export class ModelDriver {
  #pending: { row: Resource; action: Action; outcome?: Outcome } | undefined;

  constructor(readonly model: Model) {}

  step(pick: number, fate: Fate): void {
    const { model } = this;
    if (this.#pending?.outcome) {
      model.settle(this.#pending.row, this.#pending.outcome);
      this.#pending = undefined;
    } else if (this.#pending) {
      this.#pending.outcome = model.call(this.#pending.row, this.#pending.action, fate);
    } else {
      this.#read(pick);
    }
  }

  kill(): void {
    this.#pending = undefined;
  }

  #read(pick: number): void {
    const { model } = this;
    const { actions, conclusion } = model.plan();
    if (conclusion) model.conclude(model.held.workshop.revision, conclusion);
    const action = actions[pick % Math.max(1, actions.length)];
    const row = action && model.row({ kind: action.resource, idx: action.idx });
    const saved = action && row && model.begin(row, action);
    if (action && saved) this.#pending = { row: saved, action };
  }
}
