import type { CertificateDetail } from "../../../gateway/workshops/chains.ts";
import type { Outcome, Resource } from "../../../gateway/workshops/resource.ts";
import { type MachineRow, machinesOf } from "../../../gateway/workshops/resources/machine-row.ts";
import type { NameDetail } from "../../../gateway/workshops/resources/name.ts";

/** What belongs to a class besides its machine. */
interface Parts {
  now: number;
  held: { rows: Resource[] };
  secret: boolean;
  certificate: { bornAt: number; refused: boolean; csr?: string } | undefined;
  /** Keys of certificates stay with the machines. */
  ownKeys: boolean;
  name: { bornAt: number; ip: string } | undefined;
  /** No authority gives a certificate. */
  refused: boolean;
}

/** One call, as its cloud does it. */
export function callPart(parts: Parts, row: Resource, action: string): Outcome {
  const { kind, detail } = row;
  if (action === "create") return create(parts, kind, detail);
  if (action === "sign") return sign(parts);
  if (action === "remove") {
    if (kind === "secret") parts.secret = false;
    if (kind === "name") parts.name = undefined;
    if (kind === "certificate") parts.certificate = undefined;
    return { kind: "removed", detail };
  }
  if (kind === "secret") return { kind: "looked", found: parts.secret ? { status: "present" } : undefined };
  return kind === "name" ? lookAtName(parts) : lookAtCertificate(parts, row.detail);
}

function sign(parts: Parts): Outcome<CertificateDetail> {
  const csr = machinesOf(parts.held.rows)[0]?.detail.report?.csr;
  if (csr === undefined) return failed("the machine has no request");
  parts.certificate = { bornAt: parts.now, refused: parts.refused, csr };
  return { kind: "created", detail: { csr } };
}

function create(parts: Parts, kind: string, detail: Resource["detail"]): Outcome {
  const { now } = parts;
  if (detail.creatingUntil === undefined || detail.creatingUntil <= now) return failed("the deadline passed");
  if (kind === "name") {
    const ip = machinesOf(parts.held.rows).find(({ idx }: MachineRow) => idx === 1)?.detail.ip;
    if (ip === undefined) return failed("the machine has no address");
    parts.name = { bornAt: now, ip };
  } else if (!parts.certificate || parts.certificate.refused) parts.certificate = { bornAt: now, refused: parts.refused };
  return kind === "name" ? { kind: "created" } : { kind: "created", detail: { csr: undefined } as CertificateDetail };
}

function lookAtName({ name, now }: Parts): Outcome<NameDetail> {
  if (!name) return { kind: "looked", found: undefined };
  const found = { status: now - name.bornAt >= 1000 ? ("running" as const) : ("starting" as const), detail: { ip: name.ip } };
  return { kind: "looked", found };
}

function lookAtCertificate({ certificate, now, ownKeys }: Parts, known: CertificateDetail): Outcome<CertificateDetail> {
  if (!certificate) return { kind: "looked", found: undefined };
  const { csr } = certificate;
  const isLate = now - certificate.bornAt < 2000 || (ownKeys && csr === undefined && !certificate.refused);
  if (isLate) return { kind: "looked", found: { status: "starting" } };
  if (certificate.refused) return { kind: "looked", found: { status: "broken", problem: "nobody gives one" } };
  const isNew = csr !== undefined && known.chain !== `chain ${csr}`;
  const signed = isNew ? { chain: `chain ${csr}`, fingerprint: `fingerprint ${csr}`, since: undefined } : {};
  return { kind: "looked", found: { status: "running", detail: signed } };
}

const failed = (message: string): Outcome => ({ kind: "failed", message, definite: false });
