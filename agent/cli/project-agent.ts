import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AGENT_NETWORK, SEAT_SETTINGS } from "../contract/agent-settings.ts";
import { AGENT_SOCKET, type Workshops } from "../contract/api.ts";
import { CommandFailure } from "../contract/command-line.ts";
import { bootDocument, type ProjectPlace } from "../contract/projects.ts";
import { type AgentPid, processStart } from "../contract/running.ts";
import { plain } from "./plain.ts";

/** Its containers are looked at first; a daemon that is just starting takes its time. */
const START_MS = 60_000;
const LOOK_MS = 50;
/** One that died at once may have met the end of the one before. */
const STARTS = 3;

/** What it logs when it can't begin, in lines. */
const LAST_WORDS = 5;

/** Settings of whoever launched the first workshop, for every later start. */
const SETTINGS_FILE = "agent.env";

/** Of the environment: an agent that a service manager starts has a small one. */
const PASSED_ON = ["PATH", "HOME", "LANG", "TZ", "CLARATEACH_PROJECTS", ...SEAT_SETTINGS, ...AGENT_NETWORK];

/** Whether an agent answers there. */
export async function isServed({ directory }: Pick<ProjectPlace, "directory">): Promise<boolean> {
  const unix = join(directory, AGENT_SOCKET);
  const answer = await fetch("http://agent/v1/projects", { unix }).catch(() => undefined);
  return answer?.ok ?? false;
}

/**
 * The project's agent runs when this resolves; so already is fine. It goes on without us, under the system's service manager where there is
 * one, until its last workshop is removed.
 * @throws CommandFailure with its last words
 */
export async function haveAgent(place: ProjectPlace): Promise<void> {
  if (await isServed(place)) return;
  if (process.getuid?.() !== 0)
    throw new CommandFailure(
      1,
      `Workshops of "${plain(place.project)}" are containers, which only root makes: ask again with sudo.`,
    );
  const end = performance.now() + START_MS;
  let said = "";
  for (let starts = 0; performance.now() < end; ) {
    if (await isServed(place)) return untilSettled(place, end);
    if (!isAlive(place) && starts++ < STARTS) said = await start(place);
    else if (!isAlive(place)) break;
    await Bun.sleep(LOOK_MS);
  }
  throw new CommandFailure(1, `The agent of "${plain(place.project)}" doesn't start:\n${plain(said)}${lastWords(place)}`);
}

/** After a reboot its containers are started first, so that whoever asks for one finds it. */
async function untilSettled({ directory }: ProjectPlace, end: number): Promise<void> {
  const unix = join(directory, AGENT_SOCKET);
  for (; performance.now() < end; await Bun.sleep(LOOK_MS)) {
    const answer = await fetch("http://agent/v1/workshops", { unix }).catch(() => undefined);
    const { workshops } = ((await answer?.json().catch(() => undefined)) as Workshops | undefined) ?? { workshops: [] };
    if (!workshops.some(({ status }) => status === "pending")) return;
  }
}

/** Resolves when it holds its directory, or has ended. @returns what the service manager says against it */
async function start(place: ProjectPlace): Promise<string> {
  mkdirSync(place.directory, { recursive: true, mode: 0o711 });
  if (!existsSync(join(place.directory, "machine.json"))) writeWhole(place, "machine.json", JSON.stringify(bootDocument(place)));
  const settings = noteSettings(place);
  const argv = [...OURSELVES, "serve", "--machine", place.directory, "--runtime", "docker"];
  if (existsSync("/run/systemd/system")) return startAsService(place, argv);
  await startDetached(place, argv, settings);
  return "";
}

/** Compiled we are one file; else a source that Bun runs. */
const OURSELVES = Bun.main.startsWith("/$bunfs/") ? [process.execPath] : [process.execPath, Bun.main];

/** What is set now counts, then what was set before. */
function noteSettings(place: ProjectPlace): Record<string, string> {
  const now = Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
  const settings: Record<string, string> = { ...settingsOf(place), ...now };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${JSON.stringify(value)}\n`);
  writeWhole(place, SETTINGS_FILE, lines.join(""));
  return settings;
}

function settingsOf({ directory }: ProjectPlace): Record<string, string> {
  const path = join(directory, SETTINGS_FILE);
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, name, value] = /^(\w+)=(".*")$/.exec(line) ?? [];
      return name && value ? [[name, JSON.parse(value) as string]] : [];
    }),
  );
}

async function startAsService({ machine, directory, project }: ProjectPlace, argv: readonly string[]): Promise<string> {
  const log = join(directory, "agent.log");
  const properties = [
    ...[`Description=Workshops of ${project.replaceAll("%", "%%")}`, `EnvironmentFile=${join(directory, SETTINGS_FILE)}`],
    ...["Restart=on-failure", "RestartSec=1", "KillMode=mixed", `StandardOutput=append:${log}`, `StandardError=append:${log}`],
  ];
  const unit = ["systemd-run", "--quiet", "--collect", `--unit=${machine}`, ...properties.map((one) => `--property=${one}`)];
  const manager = Bun.spawn([...unit, ...argv], { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const said = await new Response(manager.stderr).text();
  // A unit of that name is just ending, or is started again: the next look tells.
  if ((await manager.exited) !== 0) await Bun.sleep(RESTART_MS);
  return said;
}

/** As long as its unit waits. */
const RESTART_MS = 1000;

async function startDetached(place: ProjectPlace, argv: readonly string[], env: Record<string, string>): Promise<void> {
  const log = openSync(join(place.directory, "agent.log"), "a", 0o600);
  // A session of its own: neither Ctrl-C here nor our end reaches it.
  const child = Bun.spawn([...argv], { detached: true, cwd: "/", stdio: ["ignore", log, log], env });
  closeSync(log);
  child.unref();
  while (child.exitCode === null && child.signalCode === null && !isAlive(place)) await Bun.sleep(LOOK_MS);
}

/** One that has just begun, or is leaving, doesn't answer and is there all the same. */
function isAlive({ directory }: ProjectPlace): boolean {
  try {
    const { pid, start } = JSON.parse(readFileSync(join(directory, "agent.pid"), "utf8")) as AgentPid;
    return processStart(pid) === start;
  } catch {
    return false;
  }
}

function lastWords({ directory }: ProjectPlace): string {
  const log = join(directory, "agent.log");
  const lines = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n").slice(-LAST_WORDS) : [];
  return lines.map((line) => `  ${plain(line)}`).join("\n");
}

function writeWhole({ directory }: ProjectPlace, name: string, text: string): void {
  const part = join(directory, `${name}.${process.pid}.new`);
  writeFileSync(part, text, { mode: 0o600 });
  renameSync(part, join(directory, name));
}
