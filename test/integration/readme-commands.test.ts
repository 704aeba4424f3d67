import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Glob } from "bun";
import { startTestAgent, type TestAgent } from "../support/agent.ts";
import { until } from "../support/until.ts";
import { freePort } from "../support/world.ts";

const root = new URL("../..", import.meta.url).pathname;

/** Programs of others that a README may name; what they would do to this computer isn't tried. */
const OTHERS =
  /^(systemctl|journalctl|ufw|ss|openssl|apt|apt-get|npm|git|tar|cd|curl|docker|claude|gcloud|sha256sum|useradd|install|rm|set|echo|cat|\.)$/;

/** A script's harmless form: it reads the whole line as it stands, and refuses what it doesn't know, before it does anything. */
const withHelp = (words: string): string => `${words} --help`;
const HARMLESS: Record<string, (words: string) => string> = {
  start: (words) =>
    /^ *(link|doctor)\b/.test(words) ? words : /^ *(tools|recover)\b/.test(words) ? withHelp(words) : ` check${words}`,
  "install-service": withHelp,
};

/** Command lines of fenced `sh` blocks (a `bash hook` is none) and of code in the text: `./scripts/start link`, `clarateach-agent doctor`. */
function commandsIn(markdown: string): string[] {
  const fenced = [...markdown.matchAll(/^```(?:sh|bash|console)\n(.*?)^```/gms)].flatMap(([, block = ""]) => block.split("\n"));
  const prose = markdown.replace(/^```.*?^```/gms, "");
  const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span);
  const inline = spans.filter((span) => /^(sudo )?(\.\/scripts\/|(dist\/)?clarateach-agent )/.test(span));
  const lines = fenced
    .map((line) =>
      line
        .replace(/\s+#.*$|^#.*$/, "")
        .replace(/^\$ /, "")
        .trim(),
    )
    .filter(Boolean);
  return [...lines, ...inline].flatMap((line) => withinShell(line) ?? line.split(/ (?:&&|\|) (?=[^"]*$)/));
}

/** What a shell of another user is told, piece by piece. */
const withinShell = (line: string): string[] | undefined => /^sudo -Hu \S+ sh -c '([^']+)'$/.exec(line)?.[1]?.split("; ");

let agent: TestAgent;
let home: string;
let port: number;
beforeAll(async () => {
  [agent, home, port] = [await startTestAgent(1), await mkdtemp(join(tmpdir(), "ct-readme-")), await freePort()];
});
afterAll(async () => {
  await agent.end();
  await rm(home, { recursive: true, force: true });
});

const environment = () => ({
  ...{
    PATH: `${root}dist:${process.env.PATH}`,
    HOME: home,
    LANG: "C.UTF-8",
    PORT: String(port),
    CLARATEACH_LLM_URL: "http://127.0.0.1:9",
  },
  CLARATEACH_DATA: join(home, "data"),
  CLARATEACH_MACHINE: agent.directory,
});

/** Why a README may not show this line; undefined when it may. */
async function problemOf(line: string): Promise<string | undefined> {
  const [, settings = "", program = "", words = ""] =
    /^(?:sudo (?:-Hu \S+ )?)?((?:[A-Z_]+=\S+ )*)(?:sudo )?(\S+)(.*)$/.exec(line) ?? [];
  const script = /^\.\/scripts\/([\w-]+)$/.exec(program)?.[1];
  // Here it says that there is no cloud to look at.
  const good = script === "start" && /^ *doctor\b/.test(words) ? [1] : [0];
  if (script !== undefined) return ran(`${settings}${program}${(HARMLESS[script] ?? withHelp)(words)}`, good);
  if (/^(dist\/)?clarateach-agent$/.test(program))
    return agentProblem(line.replaceAll("DIR", agent.directory).replaceAll("notes", "01"));
  if (program === "bun") return existsSync(root + (words.trim().split(" ")[0] ?? "")) ? undefined : `"${line}" runs no file`;
  return OTHERS.test(program) ? undefined : `"${program}" is no program that the README may name`;
}

/** With the directory of a machine that is served: another agent refuses it, and there is no front in it. */
async function agentProblem(line: string): Promise<string | undefined> {
  if (/ (serve|front)\b/.test(line)) return ran(line, [1]);
  if (/ shell\b/.test(line)) return ran(withHelp(line), [0]);
  // The agent has no such seat, change or project: it was asked, which is all that a README has to show.
  if (/ (run|launch|refresh|restore|start|stop|remove|plan|tasks|log|continue|abort)\b/.test(line)) return ran(line, [0, 1]);
  if (/ (shell|exec)\b/.test(line)) return ran(line, [0, 125]);
  // Only a look that finds something wrong with this computer may end with 1, and it says so where it says all else.
  return ran(line, / doctor\b/.test(line) ? [0, 1] : [0], / doctor\b/.test(line));
}

async function ran(line: string, good: readonly number[], quietly = false): Promise<string | undefined> {
  const options = { cwd: root, env: environment(), stdin: "ignore", stdout: "pipe", stderr: "pipe" } as const;
  const child = Bun.spawn(["bash", "-c", line], options);
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const code = await child.exited;
  return good.includes(code) && !(quietly && err) ? undefined : `"${line}" ended with ${code}: ${err || out}`;
}

const rooms = ["", "agent/", "gateway/", "views/", "provision/", "provision/gce/", "provision/image/", "scripts/", "test/"];
const readmes = [
  ...rooms.map((room) => `${room}README.md`).filter((path) => existsSync(root + path)),
  ...new Glob(".github/*.md").scanSync({ cwd: root, dot: true }),
];

test("ClaraTeach starts by the line that the README begins with, prints a link by the next, and ends with Ctrl-C", async () => {
  expect(commandsIn(await Bun.file(`${root}README.md`).text())).toContain("./scripts/start");
  // Where Docker runs it would make an image first: another test's matter.
  const env = { ...environment(), CLARATEACH_RUNTIME: "process" };
  const child = Bun.spawn(["./scripts/start"], { cwd: root, env, stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  const ended = new Response(child.stdout).text();
  await until("it to serve", () =>
    fetch(`http://localhost:${port}/healthz`)
      .then(({ ok }) => ok)
      .catch(() => false),
  );
  expect(await problemOf("./scripts/start link")).toBeUndefined();
  child.kill("SIGINT");
  expect(await ended).toContain(`ClaraTeach serves http://localhost:${port}\n`);
  expect(await child.exited).toBe(0);
});

test.each(readmes)("every command line in %s can be given as it stands there", async (readme) => {
  const text = await Bun.file(root + readme).text();
  const problems = [];
  for (const line of new Set(commandsIn(text))) problems.push(await problemOf(line));
  expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  const files = [...text.matchAll(/`(?:\.\/)?(scripts\/[\w-]+)[` ]/g)].map(([, file = ""]) => file);
  expect(files.filter((file) => !existsSync(root + file))).toEqual([]);
});

test("a README that shows what doesn't exist is noticed", async () => {
  const wrong = [
    "./scripts/strat",
    "./scripts/start lnik",
    "./scripts/start doctor --seat 30",
    "sudo ./scripts/start --runtime podman",
    "PORT=none ./scripts/start",
    "./scripts/check --mend",
    "./scripts/test test/agent/nowhere",
    "./scripts/bench nonsense",
    "sudo ./scripts/install-service --domian class.example.org",
    "clarateach-agent docter",
    "dist/clarateach-agent doctor --runtime podman",
    "clarateach-agent seats --machine",
    "clarateach-agent front",
    "clarateach doctor",
  ];
  const readme = `\`\`\`sh\n${wrong.slice(0, 7).join("   # why\n")}\n\`\`\`\nThen ${wrong
    .slice(7, -1)
    .map((line) => `\`${line}\``)
    .join(" and ")}.`;
  expect(commandsIn(readme)).toEqual(wrong.slice(0, -1));
  for (const line of wrong) expect([line, await problemOf(line)]).toEqual([line, expect.any(String)]);
});
