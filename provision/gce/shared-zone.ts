import type { Record as DnsRecord } from "@google-cloud/dns";
import { orLeft } from "../leaving.ts";
import { ask, type Calling, pause } from "./calls.ts";
import type { Clients } from "./clients.ts";
import { openListing } from "./listing.ts";
import { GoogleProblem } from "./problems.ts";

/** Google's name servers know a change after some seconds: the first look, and each further one. */
const CHANGE_LOOKS_MS = [500, 1000] as const;
/** One that takes longer than this is a disturbance of Google's own. */
const CHANGE_DONE_MS = 120_000;
/** Between two changes. 600 machines that want theirs at once share some, where each by itself would take a minute's quota ten times. */
const BETWEEN_MS = 1000;
/** Google takes 1000 records in a change; those of so many wait for the next one. */
const CHANGE_MOST = 500;
/** Records of a page. */
const PAGE = 500;
/** So many names are asked for one by one; more cost less as a list of all. */
const ONE_BY_ONE_MOST = 6;

/** Records that are to stand there and no longer to stand there: all of them, or none. */
export interface Wish {
  add: DnsRecord[];
  delete: DnsRecord[];
}

/** A DNS zone, read and changed for all who come together: its calls are counted by the minute. */
export interface SharedZone {
  /** Those of these names, as they were after this call. @throws GoogleProblem */
  read(names: readonly string[], options?: Calling): Promise<DnsRecord[]>;
  all(options?: Calling): Promise<DnsRecord[]>;
  /** Resolves once the name servers know the last change: one who finds his names as he wants them may be early. */
  newestDone(options?: Calling): Promise<void>;
  /**
   * Resolves once the name servers say so. One attempt: what fails in passing is for the caller to try again, if it wants that still.
   * @param alone not together with others, whose mistakes would be its own
   * @throws GoogleProblem, of 404, 409 and 412 perhaps for another's wish in the same change
   */
  change(wish: Wish, alone: boolean, options?: Calling): Promise<void>;
}

interface Waiting {
  wish: Wish;
  alone: boolean;
  sent: PromiseWithResolvers<string>;
}

export function openSharedZone(domain: string, { zone }: Pick<Clients, "zone">): SharedZone {
  const reading = `read the names of ${domain}`;
  const everything = openListing(reading, () => records({}));
  const newest = openListing(`look at the last change of ${domain}`, async () => {
    const [[last]] = await zone.getChanges({ maxResults: 1, sort: "desc", autoPaginate: false });
    return last ? [last.metadata as Change] : [];
  });
  let asked = 0;
  let waiting: Waiting[] = [];
  let isSending = false;

  /** Page by page: the client's own way to all of them throws, where nobody can catch it, at a zone of some pages. */
  async function records(query: object): Promise<DnsRecord[]> {
    const found: DnsRecord[] = [];
    let next: object | null = { ...query, maxResults: PAGE };
    while (next) {
      const [own, following] = (await zone.getRecords(next as never)) as unknown as [DnsRecord[], object | null];
      found.push(...own);
      next = following;
    }
    return found;
  }

  async function read(names: readonly string[], options: Calling = {}): Promise<DnsRecord[]> {
    asked += names.length;
    try {
      if (asked > ONE_BY_ONE_MOST) return (await everything.next(options)).filter((record) => names.includes(nameOf(record)));
      const one = (name: string) => ask(reading, () => records({ name }), options);
      return (await Promise.all(names.map(one))).flat();
    } finally {
      asked -= names.length;
    }
  }

  async function sendAll(): Promise<void> {
    if (isSending) return;
    isSending = true;
    while (waiting.length > 0) {
      const { now, later } = parted(waiting);
      waiting = later;
      const between = pause(BETWEEN_MS);
      await send(now);
      if (waiting.length > 0) await between;
    }
    isSending = false;
  }

  /** Whoever asked tells its own words of what goes wrong. */
  async function send(together: readonly Waiting[]): Promise<void> {
    const add = together.flatMap(({ wish }) => wish.add);
    const gone = together.flatMap(({ wish }) => wish.delete);
    const change = { ...(add.length > 0 && { add }), ...(gone.length > 0 && { delete: gone }) };
    try {
      // Once: who left meanwhile doesn't want it any more, and the others ask again.
      const once = { attempts: 1 };
      const [, { id = "" }] = (await ask(`change ${domain}`, () => zone.createChange(change as never), once)) as unknown as [
        unknown,
        Change,
      ];
      for (const { sent } of together) sent.resolve(id);
    } catch (error) {
      for (const { sent } of together) sent.reject(error);
    }
  }

  /** One who looks for all of a change. */
  const looks = new Map<string, Promise<void>>();
  function done(id: string): Promise<void> {
    const known = looks.get(id);
    if (known) return known;
    const looking = lookUntilDone(id).finally(() => looks.delete(id));
    looks.set(id, looking);
    return looking;
  }

  async function lookUntilDone(id: string): Promise<void> {
    const patience = Date.now() + CHANGE_DONE_MS;
    for (let look = 0; Date.now() < patience; look++) {
      await pause(CHANGE_LOOKS_MS[look] ?? CHANGE_LOOKS_MS[1]);
      const [{ status }] = (await ask(`look at a change of ${domain}`, () => zone.change(id).getMetadata())) as unknown as [
        Change,
      ];
      if (status === "done") return;
    }
    const why = `its change ${id} isn't done after ${CHANGE_DONE_MS / 1000} s`;
    throw new GoogleProblem(`change ${domain}`, why, 0, "");
  }

  return {
    read,
    newestDone: async (options) => {
      const [last] = await newest.next(options);
      if (last?.id !== undefined && last.status !== "done") await orLeft(done(last.id), options?.signal);
    },
    all: (options) => everything.next(options),
    change: async (wish, alone, { signal } = {}) => {
      signal?.throwIfAborted();
      const sent = Promise.withResolvers<string>();
      const one = { wish, alone, sent };
      waiting.push(one);
      void sendAll();
      const whole = sent.promise.then(done);
      return orLeft(whole, signal).finally(() => {
        waiting = waiting.filter((each) => each !== one);
      });
    },
  };
}

interface Change {
  id?: string;
  status?: string;
}

export const nameOf = (record: DnsRecord): string => (record.metadata as { name?: string }).name ?? "";

/** Those that fit into one change: not too many, and none of a name that another of them changes. */
function parted(all: readonly Waiting[]): { now: Waiting[]; later: Waiting[] } {
  const [now, later]: [Waiting[], Waiting[]] = [[], []];
  const names = new Set<string>();
  let records = 0;
  for (const one of all) {
    const own = [...one.wish.add, ...one.wish.delete];
    const isFree = own.every((record) => !names.has(nameOf(record))) && !(one.alone && now.length > 0) && !now[0]?.alone;
    const fits = isFree && (now.length === 0 || records + own.length <= CHANGE_MOST);
    (fits ? now : later).push(one);
    // Also of those that wait: they keep their order.
    for (const record of own) names.add(nameOf(record));
    if (fits) records += own.length;
  }
  return { now, later };
}
