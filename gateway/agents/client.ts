import { randomBytes, X509Certificate } from "node:crypto";
import { Value } from "@sinclair/typebox/value";
import {
  type ChangeRequest,
  ChangesMade,
  type ConnectionRequest,
  RefreshPlan,
  Refusal,
  SeatConnections,
  type SeatsRequest,
} from "../../agent/contract/api.ts";
import { ChangeSchema } from "../../agent/contract/change-schema.ts";
import { CHANGE_ID, type ChangeView } from "../../agent/contract/changes.ts";
import { type Conflict, type ErrorCode, Problem, STATUS_OF } from "../../agent/contract/errors.ts";
import { type Hello, helloMac } from "../../agent/contract/hello.ts";
import { type ArchiveFolder, MachineDocument, type MachineReport } from "../../agent/contract/machine.ts";
import { seatName } from "../../agent/contract/seats.ts";
import { sameDigest } from "../people/digest.ts";
import { checked, reportOf } from "./checked.ts";

/** Where a machine's plane is and which certificate is the only one that it may show. */
export interface MachineAddress {
  name: string;
  plane: { host: string; port: number };
  /** PEM */
  certificate: string;
}

/** A call of the machine plane that hasn't answered by then won't. */
const CALL_MS = 10_000;
/** What is asked of ten seats is compared with what they have before it is answered, by a machine that may be busy with the last of it. */
const ASK_MS = 20_000;
/**
 * A report with ten seats and their changes is 20 kB. Where the programs of all seats failed and said much, each of its changes has 100 kB,
 * and learners may call models by long names: an agent's own bounds allow for so much.
 */
const REPORT_LIMIT = 2 * 1024 * 1024;
/** Of all other answers the document is the longest, of which an agent takes 256 kB. */
const ANSWER_LIMIT = 512 * 1024;
/** A certificate of its own has 600 bytes. */
const CERTIFICATE_LIMIT = 16 * 1024;
/** A problem's message is a sentence or two. */
const MESSAGE_LIMIT = 2000;
/** Starter files of 512 MB over a slow line of 50 Mbit/s. */
const STARTER_MS = 2 * 60_000;
/** Ten megabytes of text to a slow reader. */
const LOG_MS = 2 * 60_000;
/** What contract and machine agree on, and some room. */
const LOG_LIMIT = 11 * 1024 ** 2;
/** One seat's work, packed while it is sent. */
const ARCHIVE_MS = 30 * 60_000;

/** Typed, pinned and signed calls to agents. @param token makes a machine token of 60 s */
export class AgentClient {
  constructor(private readonly token: (machine: string) => Promise<string>) {}

  /**
   * First contact: learns the certificate, and believes it only if whoever answers knows the nonce of the boot document.
   * @throws Problem UNAVAILABLE when it isn't the machine that was made
   */
  async hello(name: string, plane: MachineAddress["plane"], nonce: string): Promise<string> {
    const challenge = randomBytes(32).toString("hex");
    const response = await fetch(`${base(plane)}/v1/hello?challenge=${challenge}`, {
      // The certificate is judged by its HMAC below; the connection isn't kept, or a pinned call could ride on it.
      tls: { rejectUnauthorized: false },
      keepalive: false,
      signal: AbortSignal.timeout(CALL_MS),
    });
    const { certificate, mac } = ((await answer(response)) ?? {}) as Partial<Record<keyof Hello, unknown>>;
    if (
      typeof certificate !== "string" ||
      typeof mac !== "string" ||
      !sameDigest(mac, helloMac(nonce, challenge, certificate)) ||
      !isCertificate(certificate)
    ) {
      throw new Problem(
        "UNAVAILABLE",
        `What answers at ${plane.host}:${plane.port} is not the machine ${name}: its proof is wrong.`,
      );
    }
    return certificate;
  }

  /** @throws Problem UNAVAILABLE when what came is no report of this machine */
  async report(machine: MachineAddress, ms = CALL_MS): Promise<MachineReport> {
    return reportOf(machine.name, await answer(await this.#call(machine, "/v1/report", {}, ms), REPORT_LIMIT));
  }

  /** The one that it took last: for a gateway without its database. */
  async document(machine: MachineAddress): Promise<MachineDocument> {
    return checked(MachineDocument, await answer(await this.#call(machine, "/v1/machine", {})), `document of ${machine.name}`);
  }

  async putDocument(machine: MachineAddress, document: MachineDocument): Promise<MachineReport> {
    const init = { method: "PUT", body: JSON.stringify(document), headers: { "content-type": "application/json" } };
    return reportOf(machine.name, await answer(await this.#call(machine, "/v1/machine", init), REPORT_LIMIT));
  }

  /** Something is done with seats: with all of the machine, or those named. @throws Problem as the machine refuses it */
  async ask(machine: MachineAddress, request: SeatsRequest): Promise<ChangesMade> {
    return checked(ChangesMade, await this.#post(machine, "/v1/workshops", request), `answer of ${machine.name}`);
  }

  /** @throws Problem as the machine refuses it */
  async act(machine: MachineAddress, change: string, request: ChangeRequest): Promise<ChangeView> {
    if (!CHANGE_ID.test(change)) throw new Problem("NOT_FOUND", "There is no such change: they are numbered from 1.");
    const came = await this.#post(machine, `/v1/changes/${change}`, request, REPORT_LIMIT);
    return checked(ChangeSchema, came, `change of ${machine.name}`) as ChangeView;
  }

  /** What a seat is connected with, and could be. @throws Problem as the machine refuses it */
  async connections(machine: MachineAddress, seat: number): Promise<SeatConnections> {
    const response = await this.#call(machine, `/v1/connections?seat=${seatName(seat)}`, {}, ASK_MS);
    return checked(SeatConnections, await answer(response), `connections of ${machine.name}`);
  }

  /** @throws Problem as the machine refuses it */
  async connect(machine: MachineAddress, seat: number, request: ConnectionRequest): Promise<ChangesMade> {
    const came = await this.#post(machine, `/v1/connections?seat=${seatName(seat)}`, request);
    return checked(ChangesMade, came, `answer of ${machine.name}`);
  }

  /** Into its memory; replaces the one before. */
  async putKey(machine: MachineAddress, apiKey: string, ms = CALL_MS): Promise<void> {
    const init = { method: "PUT", body: JSON.stringify({ apiKey }), headers: { "content-type": "application/json" } };
    await answer(await this.#call(machine, "/v1/relay/key", init, ms));
  }

  async putStarter(machine: MachineAddress, digest: string, path: string): Promise<void> {
    const response = await this.#call(machine, `/v1/starter/${digest}`, { method: "PUT", body: Bun.file(path) }, STARTER_MS);
    await answer(response);
  }

  async putDefinition(machine: MachineAddress, digest: string, path: string): Promise<void> {
    const init = { method: "PUT", body: Bun.file(path) };
    await answer(await this.#call(machine, `/v1/definition/${digest}`, init, STARTER_MS));
  }

  /** What a refresh of these seats would do. @throws Problem as the agent says it; UNAVAILABLE when what came is no plan */
  async plan(machine: MachineAddress, seats: readonly number[]): Promise<RefreshPlan> {
    const query = new URLSearchParams({ seats: seats.map(seatName).join(",") });
    return checked(RefreshPlan, await answer(await this.#call(machine, `/v1/plan?${query}`, {})), `plan of ${machine.name}`);
  }

  /** All that a task's program said, streamed; machines keep 10 MiB of it, and nobody is sent more. @throws NOT_FOUND, UNAVAILABLE */
  async taskLog(machine: MachineAddress, change: string, task: string, ms = LOG_MS): Promise<ReadableStream<Uint8Array>> {
    if (![change, task].every((id) => CHANGE_ID.test(id)))
      throw new Problem("NOT_FOUND", `The machine ${machine.name} has no such task: changes and tasks are numbered from 1.`);
    const response = await this.#call(machine, `/v1/changes/${change}/tasks/${task}/log`, {}, ms);
    if (!response.ok || !response.body) {
      await answer(response);
      throw new Problem("UNAVAILABLE", `The machine ${machine.name} sent no log.`);
    }
    return response.body.pipeThrough(atMost(LOG_LIMIT));
  }

  /** One seat's work as a zip, streamed. */
  async archive(machine: MachineAddress, folder: ArchiveFolder): Promise<ReadableStream<Uint8Array>> {
    const query = new URLSearchParams({ folders: JSON.stringify([folder]) });
    const response = await this.#call(machine, `/v1/archive?${query}`, {}, ARCHIVE_MS);
    if (!response.ok || !response.body) {
      await answer(response);
      throw new Problem("UNAVAILABLE", `The machine ${machine.name} sent no archive.`);
    }
    return response.body;
  }

  /** The socket of hints. The caller closes it. */
  async events(machine: MachineAddress): Promise<WebSocket> {
    const headers = { authorization: `Bearer ${await this.token(machine.name)}` };
    return new WebSocket(`${base(machine.plane).replace("https", "wss")}/v1/events`, { headers, tls: pinned(machine) } as never);
  }

  async #post(machine: MachineAddress, path: string, body: object, limit = ANSWER_LIMIT): Promise<unknown> {
    const init = { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    return answer(await this.#call(machine, path, init, ASK_MS), limit);
  }

  async #call(machine: MachineAddress, path: string, init: RequestInit, ms = CALL_MS): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${await this.token(machine.name)}`);
    return fetch(base(machine.plane) + path, {
      ...init,
      headers,
      tls: pinned(machine),
      signal: AbortSignal.timeout(ms),
      redirect: "error",
    });
  }
}

const base = ({ host, port }: MachineAddress["plane"]): string => `https://${host}:${port}`;

/** This certificate or none; whose name it carries doesn't matter then. */
const pinned = ({ certificate }: MachineAddress) => ({
  ca: certificate,
  rejectUnauthorized: true,
  checkServerIdentity: () => undefined,
});

async function answer(response: Response, limit = ANSWER_LIMIT): Promise<unknown> {
  const text = await bounded(response, response.ok ? limit : ANSWER_LIMIT);
  let body: unknown;
  try {
    body = text === "" ? {} : JSON.parse(text);
  } catch {
    throw new Problem("UNAVAILABLE", `The machine answered ${response.status} and no JSON.`);
  }
  if (response.ok) return body;
  const error = (body as { error?: { code?: unknown; message?: unknown } } | null)?.error;
  const said = typeof error?.message === "string" ? error.message.slice(0, MESSAGE_LIMIT) : undefined;
  const details = conflictIn(body);
  throw new Problem(codeIn(error?.code), said ?? `The machine answered ${response.status}.`, { ...(details && { details }) });
}

/** What is done with a seat just now, where that is why. */
const conflictIn = (body: unknown): Conflict | undefined => (Value.Check(Refusal, body) ? body.error.details : undefined);

const codeIn = (code: unknown): ErrorCode =>
  typeof code === "string" && Object.hasOwn(STATUS_OF, code) ? (code as ErrorCode) : "UNAVAILABLE";

/** PEM of one, which every later call gives to the TLS library. */
function isCertificate(text: string): boolean {
  if (text.length > CERTIFICATE_LIMIT) return false;
  try {
    return new X509Certificate(text).raw.length > 0;
  } catch {
    return false;
  }
}

/** Passes so many bytes on; what comes after them is dropped. */
function atMost(limit: number): TransformStream<Uint8Array, Uint8Array> {
  let left = limit;
  return new TransformStream({
    transform(piece, controller) {
      controller.enqueue(piece.subarray(0, left));
      left -= Math.min(left, piece.length);
      if (left === 0) controller.terminate();
    },
  });
}

async function bounded(response: Response, limit: number): Promise<string> {
  if (!response.body) return "";
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body as ReadableStream<Uint8Array>) {
    size += part.length;
    if (size > limit) throw new Problem("UNAVAILABLE", `The machine's answer is longer than ${limit} bytes.`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
