/** What was typed and not yet saved, by seat and path: a reload, a crash or a flat battery loses nothing. */
export interface Draft {
  text: string;
  /** Of what it was typed over; null when there was no such file. */
  version: string | null;
  at: number;
}

const STORE = "drafts";
/** Drafts of classes long over don't stay on a shared computer. */
const OLD_MS = 7 * 24 * 3600 * 1000;

export class Drafts {
  readonly #db: Promise<IDBDatabase | undefined>;
  #over = false;

  /** @param owner workshop, seat and reconnect code: another person at this computer never sees them */
  constructor(readonly owner: string) {
    this.#db = open().catch(() => undefined);
    void this.#clearOld();
  }

  async get(path: string): Promise<Draft | undefined> {
    const left = this.#leftBehind(path);
    const kept = await this.#do("readonly", (store) => store.get(this.#key(path)) as IDBRequest<Draft | undefined>);
    return left && (!kept || left.at > kept.at) ? left : kept;
  }

  /** The page is being left: the database may be too slow, the tab's own storage is not. */
  putNow(path: string, draft: Draft): void {
    void this.put(path, draft);
    if (this.#over) return;
    try {
      sessionStorage.setItem(this.#key(path), JSON.stringify(draft));
    } catch {
      // Too large for it: then the database has to be quick enough.
    }
  }

  async put(path: string, draft: Draft): Promise<void> {
    if (this.#over) return;
    await this.#do("readwrite", (store) => store.put(draft, this.#key(path)));
  }

  async drop(path: string): Promise<void> {
    try {
      sessionStorage.removeItem(this.#key(path));
    } catch {
      // It kept nothing either.
    }
    await this.#do("readwrite", (store) => store.delete(this.#key(path)));
  }

  /** The workshop is over: nothing of it stays. */
  async dropAll(): Promise<void> {
    this.#over = true;
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(this.#key(""))) sessionStorage.removeItem(key);
    await this.#do("readwrite", (store) => store.delete(IDBKeyRange.bound(this.#key(""), this.#key("\uffff"))));
  }

  #leftBehind(path: string): Draft | undefined {
    try {
      const text = sessionStorage.getItem(this.#key(path));
      return text === null ? undefined : (JSON.parse(text) as Draft);
    } catch {
      return undefined;
    }
  }

  #key(path: string): string {
    return `${this.owner} ${path}`;
  }

  async #clearOld(): Promise<void> {
    const db = await this.#db;
    if (!db) return;
    const cursor = db.transaction(STORE, "readwrite").objectStore(STORE).openCursor();
    cursor.onsuccess = () => {
      const at = cursor.result;
      if (!at) return;
      if ((at.value as Draft).at < Date.now() - OLD_MS) at.delete();
      at.continue();
    };
  }

  async #do<T>(mode: IDBTransactionMode, use: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
    const db = await this.#db;
    if (!db) return undefined;
    return new Promise((resolve) => {
      const request = use(db.transaction(STORE, mode).objectStore(STORE));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(undefined);
    });
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("clarateach", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
