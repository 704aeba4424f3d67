import { randomBytes } from "node:crypto";
import { type ErrorCode, Problem, STATUS_OF } from "../../agent/contract/errors.ts";
import { type Hello, helloMac } from "../../agent/contract/hello.ts";
import type { ArchiveFolder, MachineDocument, MachineReport } from "../../agent/contract/machine.ts";
import { sameDigest } from "../people/digest.ts";

/** Where a machine's plane is and which certificate is the only one that it may show. */
export interface MachineAddress {
  name: string;
  plane: { host: string; port: number };
  /** PEM */
  certificate: string;
}

/** A call of the machine plane that hasn't answered by then won't. */
const CALL_MS = 10_000;
/** A report with ten seats and their changes is 20 kB; what is larger isn't one. */
const ANSWER_LIMIT = 2 * 1024 * 1024;
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
    const { certificate, mac } = (await answer(response)) as Partial<Hello>;
    if (typeof certificate !== "string" || typeof mac !== "string" || !sameDigest(mac, helloMac(nonce, challenge, certificate))) {
      throw new Problem(
        "UNAVAILABLE",
        `What answers at ${plane.host}:${plane.port} is not the machine ${name}: its proof is wrong.`,
      );
    }
    return certificate;
  }

  async report(machine: MachineAddress, ms = CALL_MS): Promise<MachineReport> {
    return (await answer(await this.#call(machine, "/v1/report", {}, ms))) as MachineReport;
  }

  async putDocument(machine: MachineAddress, document: MachineDocument): Promise<MachineReport> {
    const init = { method: "PUT", body: JSON.stringify(document), headers: { "content-type": "application/json" } };
    return (await answer(await this.#call(machine, "/v1/machine", init))) as MachineReport;
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

  /** All that a task's program said, streamed; machines keep 10 MiB of it, and nobody is sent more. */
  async taskLog(machine: MachineAddress, change: string, task: string, ms = LOG_MS): Promise<ReadableStream<Uint8Array>> {
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

async function answer(response: Response): Promise<unknown> {
  const text = await bounded(response);
  let body: unknown;
  try {
    body = text === "" ? {} : JSON.parse(text);
  } catch {
    throw new Problem("UNAVAILABLE", `The machine answered ${response.status} and no JSON.`);
  }
  if (response.ok) return body;
  const error = (body as { error?: { code?: string; message?: string } }).error;
  const code = error?.code !== undefined && Object.hasOwn(STATUS_OF, error.code) ? (error.code as ErrorCode) : "UNAVAILABLE";
  throw new Problem(code, error?.message ?? `The machine answered ${response.status}.`);
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

async function bounded(response: Response): Promise<string> {
  if (!response.body) return "";
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body as ReadableStream<Uint8Array>) {
    size += part.length;
    if (size > ANSWER_LIMIT) throw new Problem("UNAVAILABLE", `The machine's answer is longer than ${ANSWER_LIMIT} bytes.`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
