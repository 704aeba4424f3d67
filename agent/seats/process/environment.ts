import { existsSync } from "node:fs";
import { SEAT_MARKER } from "../../contract/running.ts";
import type { Place } from "./place.ts";

/** Programs started by `spawn` carry it: an agent that finds some at its start ends them, for it has no handle of them. */
export const PROGRAM_MARK = "CLARATEACH_PROGRAM";

const PLAIN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * All that a seat's processes know: nothing of the agent's own environment but where programs are.
 * @param more how to reach Claude @param tools directories of programs that come before the computer's own
 */
export function environmentOf(
  place: Place,
  cdpPort: number,
  path: string | undefined,
  more: Readonly<Record<string, string>>,
  tools: readonly string[] = [],
): Record<string, string> {
  return {
    ...more,
    PATH: [`${place.home}/.local/bin`, ...tools, path || PLAIN_PATH].join(":"),
    HOME: place.home,
    USER: "learner",
    LOGNAME: "learner",
    SHELL: shell(),
    LANG: "C.UTF-8",
    TERM: "xterm-256color",
    COLORTERM: "truecolor",
    TMPDIR: place.temporary,
    WORKSPACE: place.workspace,
    CLARATEACH_CDP_URL: `http://127.0.0.1:${cdpPort}`,
    [SEAT_MARKER]: place.mark,
  };
}

/** The learner's shell. */
export const shell = (): string => ["/bin/bash", "/usr/bin/bash"].find((path) => existsSync(path)) ?? "/bin/sh";

/** What a shell in tmux calls its terminal: programs refuse a name of which there is no description. */
export const terminalName = (): string =>
  TERMINFO.some((path) => existsSync(`${path}/tmux-256color`)) ? "tmux-256color" : "screen-256color";
const TERMINFO = ["/usr/share/terminfo/t", "/lib/terminfo/t", "/usr/lib/terminfo/t", "/etc/terminfo/t"];
