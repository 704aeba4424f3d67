/** What a workshop's machines cost where they cost anything: US dollars, by dated list prices. What Claude uses is apart. */
export interface CostView {
  /** `expected`: from a start to its end. `running`: until now. `final`: until they were gone. */
  is: "expected" | "running" | "final";
  /** Machines, disks and addresses: without traffic, and without what has no known price. */
  usd: number;
  /** `running`: by its end, if nothing changes. */
  endUsd?: number;
  items: CostItemView[];
  /** Of a GB that learners are sent. Missing: not known. */
  trafficGbUsd?: number;
  /** If somebody sits in every seat all the time. */
  learnerHours: number;
  /** No price is known of these: `e2-standard-8 in us-east7`. */
  unpriced: string[];
  /** When the prices were written down, `2025-03-06`, and from where. */
  asOf: string;
  source: string;
}

export interface CostItemView {
  kind: "machine" | "disk" | "address";
  /** `e2-standard-8 in europe-west4`, `50 GB`, `IPv4` */
  what: string;
  /** How many machines, and how many hours they existed together. */
  count: number;
  hours: number;
  /** An hour's; of disks a month's of one GB. */
  unitUsd: number;
  usd: number;
}
