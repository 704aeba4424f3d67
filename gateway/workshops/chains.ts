import type { Held } from "./record.ts";
import type { Detail, Resource } from "./resource.ts";

export interface CertificateDetail extends Detail {
  /** The machine's request that was handed over last, PEM. */
  csr?: string | undefined;
  /** What an authority signed for it: PEM, the leaf first; and the leaf's fingerprint. */
  chain?: string | undefined;
  fingerprint?: string | undefined;
  /** When it is to be renewed; milliseconds since 1970. */
  renewAt?: number | undefined;
  /** Revision of the first document that has this chain. */
  since?: number | undefined;
  /** Its order was another gateway's, which ended. */
  stale?: true | undefined;
}

const isCertificate = (row: Resource): row is Resource<CertificateDetail> => row.kind === "certificate";

/** For the document of machine `index`. */
export const chainFor = (rows: readonly Resource[], index: number): string | undefined =>
  rows.filter(isCertificate).find(({ idx, detail }) => idx === index && detail.since !== undefined)?.detail.chain;

/** The workshop with a document that has all chains; undefined: its document has them. */
export function chainsAnew({ workshop, rows }: Held): Held | undefined {
  const isNew = (row: Resource): row is Resource<CertificateDetail> =>
    isCertificate(row) && row.wanted === "present" && row.detail.chain !== undefined && row.detail.since === undefined;
  if (!rows.some(isNew)) return undefined;
  const document = workshop.document + 1;
  return {
    workshop: { ...workshop, document },
    rows: rows.map((row) =>
      isNew(row) ? { ...row, version: row.version + 1, detail: { ...row.detail, since: document } as CertificateDetail } : row,
    ),
  };
}
