import type { Projects, Workshops } from "../contract/api.ts";
import { type Command, CommandFailure, command } from "../contract/command-line.ts";
import { openApi } from "./agent-api.ts";
import { ABOUT_SEATS } from "./asks.ts";
import { runInSeat } from "./exec.ts";
import { plainLine } from "./plain.ts";
import type { ReadProject } from "./project-launch.ts";
import { numbered } from "./seat-words.ts";
import { MACHINE_OPTION } from "./which.ts";

/** As at a login, and it stops at the first command that fails. */
const BASH = ["bash", "--login", "-e", "-o", "pipefail", "-c"] as const;

const ACTION = { name: "ACTION", about: "of the workshop.yaml, and what it is given", many: true } as const;

/** Actions are read each time: changing one needs no refresh. @param read what a project's files say */
export const runCommand = (read: ReadProject): Command =>
  command(
    {
      ...{ name: "run", about: "runs an action of a workshop as its workshop.yaml says it now; its exit code is the action's" },
      ...{ words: [{ name: "NAME", about: "of the workshop" }, ACTION], program: true, group: ABOUT_SEATS },
      options: { machine: MACHINE_OPTION },
    },
    async ({ machine }, [word = "", action = "", ...given]) => {
      const api = openApi(machine);
      const seat = Number((await numbered(api, [word]))[0]);
      const { workshops } = await api.get<Workshops>("/v1/workshops");
      const { projects } = await api.get<Projects>("/v1/projects");
      const [name, directory] = [workshops.find((one) => one.seat === seat)?.name, projects[0]?.directory];
      if (name === undefined || directory === undefined)
        throw new CommandFailure(1, `"${plainLine(word)}" is no workshop of a project: only those have actions here.`);
      const actions = (await read(directory, [name]))[0]?.actions;
      const script = actions?.get(action);
      if (script === undefined) throw new CommandFailure(1, noAction(name, action, [...(actions?.keys() ?? [])]));
      process.exit(await runInSeat(api, String(seat), [...BASH, script, action, ...given]));
    },
  );

function noAction(name: string, action: string, known: readonly string[]): string {
  const are = known.length > 0 ? `It has ${known.join(", ")}.` : "It has none.";
  return `The workshop.yaml of ${plainLine(name)} has no action "${plainLine(action)}". ${are}`;
}
