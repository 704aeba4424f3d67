import { X509Certificate } from "node:crypto";
import { Problem } from "../../../agent/contract/errors.ts";
import type { Certificates, FoundCertificate } from "../../../provision/cloud.ts";
import type { CertificateDetail } from "../chains.ts";
import type { Found, Resource } from "../resource.ts";
import { machineHosts, type ResourceKind, SOON_MS } from "./kind.ts";
import { machineAt, tellsLearners } from "./machine-row.ts";

/** An order is only given here; an end of one waits for what is under way. */
const CALL_MS = 30_000;
/** While a class runs. Let's Encrypt bears five failures of a name an hour. */
const AGAIN_MS = 12 * 60_000;
/** A machine that is made again has another key. Whoever took one over mustn't use up what authorities give us. */
const OTHER_KEY_MS = 120_000;

/** The certificate of a machine's public name; its index is the machine's. */
export const certificate: ResourceKind<CertificateDetail, "sign" | "renew"> = {
  belongsTo: "start",
  names: (workshop, names) => (names?.certificates ? machineHosts(workshop, names.domain) : []),
  isReady: ({ idx, observed, detail }, { rows }) => {
    const { csr, shown } = machineAt(rows, idx)?.detail.report ?? {};
    // Where the machine has the key, learners are sent there once its own door was seen to be open.
    return observed === "running" && (csr === undefined || (csr === detail.csr && shown === detail.fingerprint));
  },
  // Every authority was asked already: asking again at once only makes them count.
  whyFailed: ({ observed, name, detail }) =>
    observed === "broken" ? (detail.problem ?? `There is no certificate for ${name}.`) : undefined,
  make: ({ idx, observed, detail }, { rows, state }, now) => {
    if (observed === "absent" || (observed === "starting" && detail.stale)) return ["create", 0];
    if (observed === "broken" && state === "running") return ["create", AGAIN_MS];
    const csr = machineAt(rows, idx)?.detail.report?.csr;
    if (csr !== undefined && csr !== detail.csr) return ["sign", detail.csr === undefined ? 0 : OTHER_KEY_MS];
    if (observed !== "running") return ["look", SOON_MS];
    // Without a machine's request, whoever serves it renews it.
    return detail.renewAt !== undefined && now >= detail.renewAt ? ["renew", AGAIN_MS] : undefined;
  },
  // Learners are told by https that it is over. A machine's own door has its chain and doesn't need ours once it told them.
  unmake: ({ idx, observed, detail: { csr } }, { rows }) => {
    const machine = machineAt(rows, idx);
    const isNeeded = csr === undefined ? observed === "running" && machine?.observed !== "absent" : tellsLearners(machine);
    return isNeeded ? undefined : ["remove", 0];
  },
  kept: () => ({}),
  startSteps: ({ idx, name }) => [
    {
      key: `certificate-${idx}`,
      summary: `Get a certificate for ${name}`,
      line: { is: "certificate", of: (machines) => `Get ${machines} certificates` },
      actions: ["create", "sign", "look"],
      isOver: ({ observed }) => observed === "running",
    },
  ],
  stopSteps: () => [],
  call: async ({ cloud: { certificates } }, { rows }, row, action) => {
    const signal = AbortSignal.timeout(CALL_MS);
    if (action === "create") {
      await required(certificates, row).create(row.name, { signal });
      return { kind: "created", detail: { csr: undefined, stale: undefined } };
    }
    if (action === "sign" || action === "renew") {
      const csr = machineAt(rows, row.idx)?.detail.report?.csr;
      if (csr === undefined) throw new Problem("UNAVAILABLE", `The machine of ${row.name} has no request yet.`);
      await required(certificates, row)[action]?.(row.name, csr, { signal });
      return { kind: "created", detail: { csr } };
    }
    if (action === "remove") {
      await certificates?.remove(row.name, { signal });
      return { kind: "removed", detail: row.detail };
    }
    const found = (await certificates?.find(row.name, { signal })) ?? known(row);
    return { kind: "looked", found: found && seen(found, row) };
  },
};

/** A chain that is still good, though the gateway that had ordered it ended. */
function known({ name, wanted, detail: { chain, renewAt } }: Resource<CertificateDetail>): FoundCertificate | undefined {
  const isGood = chain !== undefined && Date.parse(new X509Certificate(chain).validTo) > Date.now();
  return wanted === "present" && isGood ? { host: name, status: "running", chain, ...(renewAt && { renewAt }) } : undefined;
}

function seen(
  { status, detail: problem, chain, renewAt, stale }: FoundCertificate,
  row: Resource<CertificateDetail>,
): Found<CertificateDetail> {
  const isNew = chain !== undefined && chain !== row.detail.chain;
  const signed = isNew ? { chain, renewAt, fingerprint: new X509Certificate(chain).fingerprint256, since: undefined } : {};
  return { status, ...(problem && { problem }), detail: { ...signed, stale } };
}

function required(certificates: Certificates | undefined, { name }: Resource): Certificates {
  if (certificates) return certificates;
  throw new Problem("STATE_CONFLICT", `There is no certificate for ${name}: this gateway has no domain any more.`);
}
