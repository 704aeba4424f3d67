/** One thing that was ever made. Times are ISO 8601. */
export interface Entry {
  kind: "instance" | "disk" | "firewall" | "network" | "recordSet" | "managedZone" | "secret" | "secretVersion";
  /** Where it is: `zones/europe-west4-a/instances/clarateach-ws-abc`. Of record sets `ws/A ws-abc.ws.example.com.` */
  name: string;
  made: string;
  gone?: string;
  /** `request`, `maxRunDuration`, `expiry`, `replaced`, or the code of the operation that failed. */
  why?: string;
  labels?: Record<string, string>;
}

/** One call as it came in, and how it was answered: 0 where the answer was lost. */
export interface Asked {
  at: string;
  method: string;
  path: string;
  status: number;
}

/** More calls than that are forgotten, the oldest first: an hour of a big class. */
const ASKED_LIMIT = 50_000;

/** Every resource ever made, and every call. */
export interface History {
  made(kind: Entry["kind"], name: string, time: number, labels?: Record<string, string>): void;
  gone(kind: Entry["kind"], name: string, time: number, why: string): void;
  asked(call: Asked): void;
  entries: Entry[];
  calls: Asked[];
  /** What is there now. */
  left(): Entry[];
}

export function openRecord(): History {
  const entries: Entry[] = [];
  const calls: Asked[] = [];
  const living = new Map<string, Entry>();
  return {
    entries,
    calls,
    made: (kind, name, time, labels) => {
      const entry: Entry = { kind, name, made: new Date(time).toISOString(), ...(labels && { labels }) };
      entries.push(entry);
      living.set(`${kind} ${name}`, entry);
    },
    gone: (kind, name, time, why) => {
      const entry = living.get(`${kind} ${name}`);
      if (entry) Object.assign(entry, { gone: new Date(time).toISOString(), why });
      living.delete(`${kind} ${name}`);
    },
    asked: (call) => {
      calls.push(call);
      if (calls.length > ASKED_LIMIT) calls.shift();
    },
    left: () => [...living.values()],
  };
}
