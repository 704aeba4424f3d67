/** What Windows has no name for, and what unpacking programs put in its place. */
const FORBIDDEN = /[<>:"|?*]/g;

/**
 * The names of one folder in an archive. Two entries that an unpacking program could take for one get two names, on every system: there
 * letters' case, trailing dots or the way an accent is written make no difference, and the second would be written into the first.
 */
export class FolderNames {
  readonly #taken = new Set<string>();
  /** Where the search for the next free number begins, so that a thousand twins aren't a million looks. */
  readonly #numbers = new Map<string, number>();

  constructor(reserved: readonly string[] = []) {
    for (const name of reserved) this.#taken.add(keyOf(name));
  }

  /** A name that is safe everywhere and that no other entry has. @param name as it is on the disk */
  give(name: string): string {
    const safe = safeName(name);
    const key = keyOf(safe);
    if (this.#take(safe)) return safe;
    for (let number = this.#numbers.get(key) ?? 2; ; number++) {
      const other = `${safe}~${number}`;
      if (!this.#take(other)) continue;
      this.#numbers.set(key, number + 1);
      return other;
    }
  }

  #take(name: string): boolean {
    const key = keyOf(name);
    if (this.#taken.has(key)) return false;
    this.#taken.add(key);
    return true;
  }
}

/** Unpacking programs of other systems take "\" for a folder; control characters have no place in a name. */
export function safeName(name: string): string {
  const safe = name.replace(/[\\/\u0000-\u001f\u007f]/g, "_");
  return /^\.{1,2}$/.test(safe) ? "_" : safe;
}

/** Equal for names that are one to Windows or macOS. */
function keyOf(name: string): string {
  const folded = name.normalize("NFKC").toUpperCase().toLowerCase();
  return folded.replace(FORBIDDEN, "_").replace(/[. ]+$/, "");
}
