import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { MachineDocument } from "../../agent/contract/machine.ts";

export const GATEWAY = "http://localhost:3000";

/** The gateway's side of a machine: its key, documents and tokens. */
export interface Signer {
  /** Public, as it stands in documents. */
  jwk: Record<string, unknown>;
  privateKey: CryptoKey;
  /** A token with these claims, by the machine's rules unless they say otherwise. */
  learner(document: MachineDocument, seat: number, claims?: Record<string, unknown>): Promise<string>;
  machine(document: MachineDocument, claims?: Record<string, unknown>): Promise<string>;
}

export async function newSigner(kid = "key-1"): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  const sign = (claims: Record<string, unknown>) =>
    new SignJWT(claims).setProtectedHeader({ alg: "EdDSA", kid }).sign(privateKey);
  const soon = () => Math.floor(Date.now() / 1000) + 60;
  return {
    jwk: { ...(await exportJWK(publicKey)), kid, alg: "EdDSA", use: "sig" },
    privateKey,
    learner: (document, seat, claims) =>
      sign({
        iss: document.gateway,
        aud: document.machine,
        exp: soon(),
        workshopId: document.workshop.id,
        machine: document.machineIndex,
        seat,
        odehash: "ab3d5",
        vmIp: "127.0.0.1",
        gen: document.seats.find((wanted) => wanted.seat === seat)?.generation ?? 1,
        name: "Mira",
        ...claims,
      }),
    machine: (document, claims) =>
      sign({ iss: document.gateway, aud: document.machine, exp: soon(), scope: "machine", ...claims }),
  };
}

/** A running workshop of `seats` seats on its first machine; the id is new each time, so that tests don't meet. */
export function newDocument(signer: Signer, seats = 2, more: Partial<MachineDocument> = {}): MachineDocument {
  const id = `ws-${Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => (byte % 36).toString(36)).join("")}`;
  return {
    version: 1,
    revision: 1,
    workshop: { id, name: "First steps" },
    machine: `clarateach-${id}`,
    machineIndex: 1,
    phase: "running",
    endsAt: new Date(Date.now() + 3_600_000).toISOString(),
    keys: [signer.jwk],
    gateway: GATEWAY,
    seats: Array.from({ length: seats }, (_, i) => ({ seat: i + 1, generation: 1, freshSince: 1 })),
    ...more,
  };
}

/** A machine's directory as the provider makes it. */
export async function newMachineDir(document: MachineDocument): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "ct-"));
  await writeFile(join(dir, "machine.json"), JSON.stringify(document));
  return dir;
}
