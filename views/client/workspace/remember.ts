/** What this browser keeps. A browser that keeps nothing (private window, full disk) goes without. */
export function recall<T>(key: string, otherwise: T): T {
  try {
    const kept = localStorage.getItem(`clarateach.${key}`);
    return kept === null ? otherwise : (JSON.parse(kept) as T);
  } catch {
    return otherwise;
  }
}

export function remember(key: string, value: unknown): void {
  try {
    if (value === undefined) localStorage.removeItem(`clarateach.${key}`);
    else localStorage.setItem(`clarateach.${key}`, JSON.stringify(value));
  } catch {
    // It is only a convenience.
  }
}
