import type { ProtoType, Schema } from "../schema.ts";

/** DNS's client has no protos: its messages as the API's own description has them. */
export const DNS_SCHEMA: Schema = {
  Change: of(
    { id: "string", startTime: "string", status: "Status", kind: "string", isServing: "bool" },
    { additions: "ResourceRecordSet", deletions: "ResourceRecordSet" },
  ),
  Status: { values: { done: 0, pending: 1 } },
  ResourceRecordSet: of(
    { name: "string", type: "string", ttl: "int32", kind: "string" },
    { rrdatas: "string", signatureRrdatas: "string" },
  ),
  ManagedZone: {
    fields: {
      ...of({ name: "string", dnsName: "string", description: "string", id: "uint64", kind: "string" }).fields,
      ...of({ creationTime: "string", visibility: "Visibility", nameServerSet: "string" }, { nameServers: "string" }).fields,
      ...of({ cloudLoggingConfig: "CloudLoggingConfig", dnssecConfig: "DnsSecConfig" }).fields,
      labels: { type: "string", keyType: "string" },
    },
  },
  Visibility: { values: { private: 0, public: 1 } },
  CloudLoggingConfig: of({ enableLogging: "bool", kind: "string" }),
  DnsSecConfig: of({ state: "DnsSecState", nonExistence: "NonExistence", kind: "string" }, { defaultKeySpecs: "DnsKeySpec" }),
  DnsSecState: { values: { off: 0, on: 1, transfer: 2 } },
  NonExistence: { values: { nsec: 0, nsec3: 1 } },
  DnsKeySpec: of({ algorithm: "string", keyLength: "uint32", keyType: "string", kind: "string" }),
  Project: of({ id: "string", kind: "string", number: "uint64", quota: "Quota" }),
  Quota: of({
    ...{ kind: "string", managedZones: "int32", rrsetsPerManagedZone: "int32", resourceRecordsPerRrset: "int32" },
    ...{ rrsetAdditionsPerChange: "int32", rrsetDeletionsPerChange: "int32", totalRrdataSizePerChange: "int32" },
  }),
  ChangesListResponse: of({ kind: "string", nextPageToken: "string" }, { changes: "Change" }),
  ResourceRecordSetsListResponse: of({ kind: "string", nextPageToken: "string" }, { rrsets: "ResourceRecordSet" }),
  ManagedZonesListResponse: of({ kind: "string", nextPageToken: "string" }, { managedZones: "ManagedZone" }),
};

function of(single: Record<string, string>, repeated: Record<string, string> = {}): ProtoType {
  const fields = Object.entries(single).map(([name, type]) => [name, { type }] as const);
  const lists = Object.entries(repeated).map(([name, type]) => [name, { type, rule: "repeated" }] as const);
  return { fields: Object.fromEntries([...fields, ...lists]) };
}
