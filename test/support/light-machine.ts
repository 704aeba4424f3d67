import { generateKeyPairSync, randomBytes, X509Certificate } from "node:crypto";
import { Value } from "@sinclair/typebox/value";
import { openAccess } from "../../agent/access.ts";
import { certificateRequest } from "../../agent/contract/certificate-request.ts";
import { Problem } from "../../agent/contract/errors.ts";
import { helloMac } from "../../agent/contract/hello.ts";
import { NOTHING } from "../../agent/contract/leftovers.ts";
import { MachineDocument, type MachineReport, PLANE_PORT, type SeatReport } from "../../agent/contract/machine.ts";
import { selfSigned } from "../../agent/machine/certificate.ts";
import type { Instance } from "./google-cloud/compute/state.ts";

/** Until its seats are ready, and until its door shows a certificate that it was given. */
const SEATS_MS = 3000;
const DOOR_MS = 500;

/** A machine that speaks the agent's contract with the product's own schemas, keys and signatures, and has no seats behind it. */
export interface LightMachine {
  /** Calls of the gateway that it answered. */
  calls: number;
  /** The longest that it heard nothing from the gateway since its first call, in milliseconds. */
  longestSilenceMs: number;
  stop(): void;
}

/** @param instance of the emulator: its plane listens at its address */
export function startLightMachine({ name, metadata, networkInterfaces }: Instance): LightMachine {
  const boot = JSON.parse(metadata.items?.find(({ key }) => key === "clarateach-boot")?.value ?? "") as MachineDocument;
  let document = boot;
  let hasKey = false;
  let shown: { chain: string; at: number; fingerprint: string } | undefined;
  let heardAt: number | undefined;
  const bootedAt = Date.now();
  const startedAt = new Date(bootedAt).toISOString();
  const [plane, door] = [newKey(), newKey()];
  const certificate = selfSigned(plane, name);
  const host = boot.publicHost ?? "";
  const csr = certificateRequest(door, [host, `*.${host}`]);
  const access = openAccess(() => document, randomBytes(32));

  function report(): MachineReport {
    const isOver = document.phase === "ending";
    const opened = shown && Date.now() - shown.at >= DOOR_MS ? { shown: shown.fingerprint } : {};
    return {
      ...{
        version: 1,
        agent: "light",
        runtime: "docker",
        startedAt,
        changes: [],
        preview: { available: true },
        leftovers: NOTHING,
      },
      revision: document.revision,
      seats: isOver ? [] : document.seats.map(seatReport),
      csr,
      ...opened,
      llm: { state: hasKey ? "ok" : "no-key", seats: [] },
    } as MachineReport;
  }

  function seatReport({ seat, generation }: MachineDocument["seats"][number]): SeatReport {
    const progress = Math.min(1, (Date.now() - bootedAt) / SEATS_MS);
    return { seat, generation, status: progress < 1 ? "pending" : "ready", progress, viewers: 0 };
  }

  function take(next: unknown): MachineReport {
    if (!Value.Check(MachineDocument, next)) throw new Problem("INVALID_INPUT", `${name} was sent no document.`);
    if (next.revision < document.revision) throw new Problem("STATE_CONFLICT", `${name} has a later document.`);
    document = next;
    if (next.chain !== undefined && next.chain !== shown?.chain)
      shown = { chain: next.chain, at: Date.now(), fingerprint: new X509Certificate(next.chain).fingerprint256 };
    return report();
  }

  async function answer(request: Request): Promise<object> {
    const url = new URL(request.url);
    const call = `${request.method} ${url.pathname}`;
    if (call === "GET /v1/hello")
      return { certificate, mac: helloMac(boot.nonce ?? "", url.searchParams.get("challenge") ?? "", certificate) };
    await access.gateway(request.headers);
    if (call === "PUT /v1/machine") return take(await request.json());
    if (call === "GET /v1/report") return report();
    if (call !== "PUT /v1/relay/key") throw new Problem("NOT_FOUND", `${name} has no ${call}.`);
    hasKey = ((await request.json()) as { apiKey: string }).apiKey.length > 0;
    return {};
  }

  const server = Bun.serve({
    hostname: networkInterfaces[0]?.accessConfigs?.[0]?.natIP ?? "",
    port: PLANE_PORT,
    tls: { key: plane, cert: certificate },
    fetch: async (request) => {
      const now = Date.now();
      if (heardAt !== undefined) light.longestSilenceMs = Math.max(light.longestSilenceMs, now - heardAt);
      heardAt = now;
      light.calls += 1;
      return answer(request).then(
        (body) => Response.json(body),
        (error: Problem) => Response.json(error.body, { status: error.status }),
      );
    },
  });
  const light: LightMachine = { calls: 0, longestSilenceMs: 0, stop: () => void server.stop(true) };
  return light;
}

const newKey = (): string =>
  generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
