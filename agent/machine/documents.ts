import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Value } from "@sinclair/typebox/value";
import { Problem } from "../contract/errors.ts";
import { MachineDocument } from "../contract/machine.ts";
import { writeDurably } from "./durable.ts";

/** What the gateway wants of this machine: the boot copy first, then whatever it put last. */
export interface Documents {
  current(): MachineDocument;
  /** Of the boot copy only: never part of what is put later. */
  readonly nonce: string | undefined;
  /**
   * Takes the next document: on the disk before this returns.
   * @throws Problem INVALID_INPUT for what isn't one of this machine, STATE_CONFLICT for one that is older than what is known.
   */
  put(value: unknown): MachineDocument;
}

/** @throws when `machine.json` is missing or not a document: without it the agent doesn't know whose it is. */
export function openDocuments(dir: string): Documents {
  const boot = read(join(dir, "machine.json"));
  const savedPath = join(dir, "document.json");
  let current = existsSync(savedPath) ? read(savedPath) : boot;
  if (boot.revision > current.revision) current = boot;
  return {
    current: () => current,
    nonce: boot.nonce,
    put: (value) => {
      const next = check(value);
      refuseForeign(next, current);
      refuseOtherProject(next, current);
      refuseOlder(next, current);
      writeDurably(savedPath, JSON.stringify(next));
      current = next;
      return next;
    },
  };
}

function read(path: string): MachineDocument {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new Error(`cannot read the machine's document "${path}": start the agent with --machine and the machine's directory`, {
      cause,
    });
  }
  try {
    return check(JSON.parse(text));
  } catch (cause) {
    throw new Error(`"${path}" is not a machine document: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

function check(value: unknown): MachineDocument {
  if (!Value.Check(MachineDocument, value)) {
    const first = Value.Errors(MachineDocument, value).First();
    const where = first?.path || "/";
    throw invalid(`the machine document is wrong at "${where}": ${first?.message ?? "it has another shape"}`);
  }
  if (Number.isNaN(Date.parse(value.endsAt))) throw invalid(`the machine document's endsAt "${value.endsAt}" is not a time`);
  checkKeys(value);
  checkSeats(value);
  return value;
}

function checkKeys({ keys, project }: MachineDocument): void {
  // Its socket is the only door.
  if (project) return;
  if (keys.length === 0) throw invalid("the machine document has no keys: with none nobody could reach this machine again");
  for (const key of keys) {
    const isPublic = key.kty === "OKP" && key.crv === "Ed25519" && typeof key.x === "string" && !("d" in key);
    if (!isPublic) throw invalid(`the machine document's key "${String(key.kid)}" is not a public Ed25519 key`);
  }
}

function checkSeats({ seats }: MachineDocument): void {
  const numbers = seats.map(({ seat }) => seat);
  if (new Set(numbers).size !== numbers.length) throw invalid(`the machine document names a seat twice: ${numbers.join(", ")}`);
  const early = seats.find(({ generation, freshSince }) => freshSince > generation);
  if (early) throw invalid(`seat ${early.seat} can't be fresh since generation ${early.freshSince}: it is ${early.generation}`);
}

function refuseForeign(next: MachineDocument, current: MachineDocument): void {
  if (next.machine === current.machine && next.workshop.id === current.workshop.id) return;
  throw invalid(`this is machine "${current.machine}" of "${current.workshop.id}", the document is for "${next.machine}"`);
}

/** Nobody makes this machine open another directory to its seats, or open itself to a gateway. */
function refuseOtherProject({ project: next }: MachineDocument, { project: current }: MachineDocument): void {
  if (Bun.deepEquals(next, current)) return;
  throw invalid(`the document is for ${wordsOf(next)}, and this machine was made for ${wordsOf(current)}`);
}

const wordsOf = (project: MachineDocument["project"]): string =>
  project ? `the project "${project.directory}"` : "a class and no project";

function refuseOlder(next: MachineDocument, current: MachineDocument): void {
  if (next.revision < current.revision)
    throw conflict(
      `revision ${next.revision} is older than ${current.revision}, which this machine has: read again and put the newest`,
    );
  if (current.phase === "ending" && next.phase !== "ending")
    throw conflict(`workshop "${current.workshop.id}" is ending on this machine: make another machine to run it again`);
  for (const { seat, generation } of next.seats) {
    const known = current.seats.find((wanted) => wanted.seat === seat)?.generation ?? 0;
    if (generation < known)
      throw conflict(`seat ${seat} is in generation ${known} already, ${generation} would revive old tokens`);
  }
}

const invalid = (message: string) => new Problem("INVALID_INPUT", message);
const conflict = (message: string) => new Problem("STATE_CONFLICT", message);
