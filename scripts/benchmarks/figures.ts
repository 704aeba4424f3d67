/** One measured thing: what it is, in which unit, beside which peer, and what is aimed at. */
export interface Figure {
  bench: string;
  name: string;
  value: number;
  unit: string;
  peer?: { name: string; value: number };
  /** Of the ratio where there is a peer, of the value where there isn't. */
  aim?: number;
}

/** Nearest-rank percentile, 0–100. @throws RangeError without samples */
export function percentile(samples: readonly number[], p: number): number {
  if (samples.length === 0) throw new RangeError("percentile of no samples");
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN;
}

export function table(figures: readonly Figure[]): string {
  const rows = figures.map((f) => [
    f.bench,
    f.name,
    `${short(f.value)} ${f.unit}`,
    f.peer ? `${short(f.peer.value)} ${f.unit} (${f.peer.name})` : "",
    f.peer ? `${short(f.value / f.peer.value)} ×` : "",
    f.aim === undefined ? "" : `≤ ${f.aim}${f.peer ? " ×" : ` ${f.unit}`}`.replace("≤", f.unit.endsWith("/s") ? "≥" : "≤"),
  ]);
  const all = [["bench", "what", "ours", "peer", "ratio", "aim"], ...rows];
  const widths = (all[0] ?? []).map((_, i) => Math.max(...all.map((row) => (row[i] ?? "").length)));
  return all.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ")).join("\n");
}

const short = (n: number): string => (Math.abs(n) >= 100 ? n.toFixed(0) : n.toFixed(Math.abs(n) >= 10 ? 1 : 2));
