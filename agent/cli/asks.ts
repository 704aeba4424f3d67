import type { ChangesMade, SeatsRequest } from "../contract/api.ts";
import { type Command, command } from "../contract/command-line.ts";
import { ASKS, openApi } from "./agent-api.ts";
import { ASKS_BACK, askBack } from "./ask-back.ts";
import { launchProject, projectToLaunch, type ReadProject, readAgain } from "./project-launch.ts";
import { meantSeats, SEATS } from "./seat-words.ts";
import { settle, WAITS } from "./waiting.ts";

const OPTIONS = { all: { about: "all seats of the machine" }, ...WAITS, ...ASKS } as const;

const MODE = { "wait-on-error": { about: "what fails isn't undone: it waits until you continue or abort it" } } as const;

/** What is done with seats. */
export const ABOUT_SEATS = "Seats";

const described = (name: SeatsRequest["action"], about: string) => ({ name, about, words: [SEATS], group: ABOUT_SEATS });

/** @param read what a project's files say */
export const launchCommand = (read: ReadProject): Command =>
  command(
    {
      ...described("launch", "makes seats that aren't there; in a directory with a workshop.yaml, its workshops, by name"),
      options: { "no-start": { about: "leaves them stopped" }, ...MODE, ...OPTIONS },
    },
    (given, words) => {
      const request = { action: "launch", ...modeOf(given), ...(given["no-start"] && { start: false }) } as const;
      const project = projectToLaunch(words, given);
      return project ? launchProject(project, words, read, request, given) : ask(request, words, given);
    },
  );

export const refreshCommand = renewal(
  "refresh",
  "makes seats anew from their definition where it differs; their files in /workspace stay, their programs end",
);
export const restoreCommand = renewal(
  "restore",
  "makes seats anew from what they were made from; their files in /workspace stay",
);
export const startCommand = command(
  { ...described("start", "starts seats that are stopped"), options: OPTIONS },
  (given, words) => ask({ action: "start" }, words, given),
);
export const stopCommand = ending("stop", "stops seats: their programs end, their files stay");
export const removeCommand = ending("remove", "removes seats with all their files");

function renewal(action: "refresh" | "restore", about: string): Command {
  return command({ ...described(action, about), options: { ...MODE, ...ASKS_BACK, ...OPTIONS } }, (given, words) =>
    ask({ action, ...modeOf(given) }, words, given),
  );
}

function ending(action: "stop" | "remove", about: string): Command {
  return command({ ...described(action, about), options: { ...ASKS_BACK, ...OPTIONS } }, (given, words) =>
    ask({ action }, words, given),
  );
}

interface Given {
  machine: string | undefined;
  all: boolean;
  yes?: boolean;
  json: boolean;
  verbose: boolean;
  "no-wait": boolean;
}

async function ask(request: SeatsRequest, words: readonly string[], given: Given): Promise<void> {
  const api = openApi(given.machine);
  const seats = await meantSeats(api, words, given.all);
  if (request.action === "refresh") await readAgain(api, seats);
  if (!given.yes) await askBack(api, request.action, seats);
  await settle(api, await api.post<ChangesMade>("/v1/workshops", seats ? { ...request, seats } : request), given);
}

const modeOf = (given: { "wait-on-error": boolean }) => (given["wait-on-error"] ? { mode: "wait-on-error" as const } : {});
