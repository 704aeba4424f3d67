/** A record set, as the API has it. */
export interface RecordSet {
  name: string;
  type: string;
  ttl: number;
  rrdatas: string[];
}

export interface Change {
  id: string;
  startTime: string;
  status: "pending" | "done";
  additions: RecordSet[];
  deletions: RecordSet[];
}

export interface ManagedZone {
  id: string;
  name: string;
  dnsName: string;
  description: string;
  /** Further fields as they were sent: `labels`, `visibility`. */
  settings: object;
  nameServers: string[];
  createdAt: number;
  /** By `name type`. */
  records: Map<string, RecordSet>;
  /** Number 0 is the zone's own making. */
  changes: Change[];
}

export interface DnsState {
  /** By name. */
  zones: Map<string, ManagedZone>;
  /** How many were ever made. */
  made: number;
}

export const newDns = (): DnsState => ({ zones: new Map(), made: 0 });
export const recordKey = ({ name, type }: { name: string; type: string }): string => `${name} ${type}`;
