import type { Projects, Sdks, SystemInfo, Warning, Warnings } from "../contract/api.ts";
import { type Command, command } from "../contract/command-line.ts";
import { gigabytes } from "../contract/findings.ts";
import { seatName } from "../contract/seats.ts";
import { type AgentApi, ASKS, openApi } from "./agent-api.ts";
import { plainJson, plainLine } from "./plain.ts";
import { screenOf } from "./screen.ts";
import { spans } from "./seat-words.ts";
import { table } from "./table.ts";
import { local } from "./times.ts";

const group = "The machine";

export const infoCommand: Command = command(
  { name: "info", about: "shows a machine and how it is", options: ASKS, group },
  async ({ machine, json }) => {
    const api = openApi(machine);
    const [info, { projects }] = await Promise.all([api.get<SystemInfo>("/v1/system-info"), api.get<Projects>("/v1/projects")]);
    console.log(json ? plainJson(info) : printedInfo(api, info, projects));
  },
);

export const sdksCommand: Command = command(
  { name: "sdks", about: "shows the SDKs that every definition may name", options: ASKS, group },
  async ({ machine, json }) => {
    const answer = await openApi(machine).get<Sdks>("/v1/sdks");
    const rows = answer.sdks.map(({ name, source, base = "any", summary }) => [name, source, base, summary]);
    console.log(json ? plainJson(answer) : table(["sdk", "source", "base", "summary"], rows, screenOf(process.stdout)));
  },
);

export const warningsCommand: Command = command(
  { name: "warnings", about: "shows what you should know and nothing failed by", options: ASKS, group },
  async ({ machine, json }) => {
    const answer = await openApi(machine).get<Warnings>("/v1/warnings");
    console.log(json ? plainJson(answer) : printedWarnings(answer.warnings));
  },
);

export const okayCommand: Command = command(
  { name: "okay", about: "shows the warnings of a machine once more, and forgets them", options: ASKS, group },
  async ({ machine, json }) => {
    const api = openApi(machine);
    const { warnings } = await api.get<Warnings>("/v1/warnings");
    const last = warnings
      .map(({ lastAt }) => lastAt)
      .sort()
      .at(-1);
    // One that comes meanwhile nobody has read.
    const left = last === undefined ? { warnings } : await api.post<Warnings>("/v1/warnings", { action: "okay", until: last });
    console.log(json ? plainJson(left) : printedWarnings(warnings));
  },
);

function printedInfo(api: AgentApi, info: SystemInfo, projects: Projects["projects"]): string {
  const { version, runtime, startedAt, disks, degraded, warnings } = info;
  const seats = runtime === "docker" ? "containers" : "plain processes";
  const rows: [string, string][] = [
    ...projects.map(({ id, name, phase }): [string, string] => ["workshop", `${name} (${id}), ${phase}`]),
    ...projects.map((one): [string, string] => ["seats", `${spans(one.seats)}, ${seats}`]),
    ["machine", projects[0]?.machine ?? api.machine.name],
    ["directory", api.machine.directory],
    ["agent", `${version}, since ${local(startedAt)}`],
    ...disks.map(({ path, total, free, usedPercent }): [string, string] => [
      "disk",
      `${path}: ${usedPercent} % used, ${gigabytes(free)} of ${gigabytes(total)} free`,
    ]),
    ["warnings", warnings === 0 ? "none" : `${warnings}: ${api.line("warnings")} shows them`],
    ["state", degraded ?? "all is well"],
  ];
  return rows.map(([name, text]) => `${name.padEnd(INDENT)}${plainLine(text)}`).join("\n");
}

const INDENT = 11;

function printedWarnings(warnings: readonly Warning[]): string {
  if (warnings.length === 0) return "no warnings";
  const rows = warnings.map(({ seat, firstAt, lastAt, message }) => [
    ...[seat === undefined ? "" : seatName(seat), local(firstAt), local(lastAt), message],
  ]);
  return table(["seat", "first", "last", "what"], rows, screenOf(process.stdout));
}
