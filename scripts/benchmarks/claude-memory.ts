import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { processesOfSeats } from "../../provision/local/processes.ts";
import { seatWithClaude } from "../../test/support/seat-with-claude.ts";
import { until } from "../../test/support/until.ts";
import { says, saysWhen, startUpstream } from "../../test/support/upstream.ts";
import type { Figure } from "./figures.ts";

/** Of a long answer, in pieces of a line. */
const LINES = 400;

/** What one seat's programs take: a shell, the CLI in it, at work, and with the seat's browser. Shared pages count as far as they are shared. */
export async function claudeMemory(): Promise<Figure[]> {
  process.env.CLARATEACH_TOOLS ??= resolve(".cache/tools");
  const upstream = startUpstream();
  const seat = await seatWithClaude(upstream.url);
  const figures: Figure[] = [];
  const note = (name: string, value: number) => figures.push({ bench: "claude-memory", name, value, unit: "MB" });
  const all = () => sum(seat.agent.document.machine, "Pss");
  const own = () => sum(seat.agent.document.machine, "Pss_Anon");
  try {
    await seat.putKey();
    note("a seat with Claude's prompt", all());
    note("of it nobody else's, whoever shares the program", own());
    let left = LINES;
    upstream.behave(
      saysWhen(async () => (left-- > 0 ? `Line ${left} of a long answer with **bold** words and \`code\`.\n\n` : undefined)),
    );
    await seat.ask("Say much");
    let most = 0;
    await until("the answer to end", () => {
      most = Math.max(most, all());
      return left < 0;
    });
    upstream.behave(says("That was it."));
    await seat.ask("Was that it?");
    await seat.below("Was that it?", "That was it.");
    note("the same at work, at most", Math.max(most, all()));
    await openBrowser(seat.agent.directory);
    note("with the seat's browser open", all());
  } finally {
    await seat.end();
    await upstream.end();
  }
  return figures;
}

/** As Claude's first navigation does: whoever asks at its address finds it open. */
async function openBrowser(directory: string): Promise<void> {
  const cli = readFileSync(join(directory, "seats/01/home/.claude.json"), "utf8");
  const url = /"(http:\/\/127\.0\.0\.1:\d+)"/.exec(cli)?.[1];
  if (!url) throw new Error("Claude's servers don't name the browser's address");
  const pages = (): Promise<boolean> =>
    fetch(`${url}/json/list`).then(async (answer) => ((await answer.json()) as unknown[]).length > 0);
  await until("the browser to have a page", () => pages().catch(() => false));
}

/** Megabytes over all processes of a machine's seats. */
function sum(machine: string, kind: "Pss" | "Pss_Anon"): number {
  const of = ({ pid }: { pid: number }): number => {
    try {
      return Number(
        new RegExp(`^${kind}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/smaps_rollup`, "latin1"))?.[1] ?? 0,
      );
    } catch {
      // It ended meanwhile.
      return 0;
    }
  };
  return (processesOfSeats(machine).reduce((all, one) => all + of(one), 0) * 1024) / 1e6;
}
