/** What was sent, short enough to be shown. */
export function quoted(value: unknown): string {
  return value === undefined ? "missing" : `“${String(typeof value === "object" ? JSON.stringify(value) : value).slice(0, 40)}”`;
}
