import { command } from "../contract/command-line.ts";

/** What of the tools could be had. */
export interface ToolsGiven {
  /** Where they are. */
  directory: string;
  /** One after the other. @param fetch throws a sentence when it can't be had */
  tools: readonly { name: string; isThere: boolean; fetch(progress: (done: number, total: number) => void): Promise<unknown> }[];
}

/** @param open reads the settings @throws as it does */
export const toolsCommand = (open: () => ToolsGiven) =>
  command(
    {
      name: "tools",
      group: "This computer",
      about: "fetches what seats have besides the computer's own programs, the Claude CLI above all, where it isn't there yet",
      options: {},
    },
    async () => {
      const { directory, tools } = open();
      const missing = tools.filter(({ isThere }) => !isThere);
      for (const { name, fetch } of missing) {
        try {
          await fetch(shower(name));
          end();
        } catch (error) {
          end();
          throw new Error(`${error instanceof Error ? error.message : error} (into ${directory})`);
        }
      }
    },
  );

const isTerminal = process.stderr.isTTY === true;
const MB = 1_000_000;

/** One line that goes on counting; where nobody watches, one line in all. */
function shower(name: string): (done: number, total: number) => void {
  let shown = -1;
  return (done, total) => {
    const percent = Math.floor((100 * done) / Math.max(1, total));
    if (percent === shown || (!isTerminal && shown >= 0)) return;
    shown = percent;
    const size = `${Math.round(total / MB)} MB`;
    process.stderr.write(isTerminal ? `\rFetching ${name}, ${size}: ${percent} %` : `Fetching ${name}, ${size} …\n`);
  };
}

function end(): void {
  if (isTerminal) process.stderr.write("\n");
}
