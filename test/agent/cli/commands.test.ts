import { afterAll, beforeAll, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { printed } from "../../../agent/cli/doctor.ts";
import { examine, examineDoors } from "../../../agent/cli/examine.ts";
import { VERSION } from "../../../agent/config.ts";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";
import { runCommand } from "../../support/command.ts";

let agent: TestAgent;
beforeAll(async () => {
  agent = await startTestAgent(2);
  await agent.ready();
});
afterAll(() => agent.end());

const run = (...argv: string[]) => runCommand(argv);

test("version is the product's", async () => {
  const { version } = await Bun.file(new URL("../../../package.json", import.meta.url)).json();
  expect(VERSION).toBe(version);
  expect(await run("version")).toEqual({ code: 0, out: version, err: "" });
});

test("seats asks the running agent, over a socket for its owner alone", async () => {
  const said = await run("seats", "--machine", agent.directory);
  expect(said.out.split("\n")).toEqual(["SEAT  STATUS  TERMINALS", "01    ready   0", "02    ready   0"]);
  expect(JSON.parse((await run("seats", "--machine", agent.directory, "--json")).out).workshops).toHaveLength(2);
  expect(statSync(join(agent.directory, "agent.socket")).mode & 0o777).toBe(0o600);
});

test("seats of a directory without an agent is a sentence", async () => {
  const said = await run("seats", "--machine", "/nowhere");
  expect([said.code, said.out]).toEqual([3, ""]);
  expect(said.err).toStartWith('no agent answers at "/nowhere/agent.socket"');
});

test("a second agent of the same directory refuses and leaves the first alone", async () => {
  const said = await run("serve", "--machine", agent.directory);
  expect(said.code).toBe(1);
  expect(said.err).toContain(`another agent serves "${agent.directory}"`);
  expect((await agent.report()).seats).toHaveLength(2);
});

test("what can't be served is one sentence and exit code 1", async () => {
  const empty = await mkdtemp(join(tmpdir(), "ct-empty-"));
  const cases: [string[], string][] = [
    [["serve", "--machine", empty], "cannot read the machine's document"],
    [["serve", "--machine", join(empty, "none")], `there is no directory "${join(empty, "none")}"`],
  ];
  for (const [argv, sentence] of cases) {
    const said = await run(...argv);
    expect([said.code, said.err.split("\n").length]).toEqual([1, 1]);
    expect(said.err).toStartWith(sentence);
  }
  await rm(empty, { recursive: true });
});

test.each([
  [["fly"], 'There is no command "fly". clarateach-agent knows: seats, launch,'],
  [["docter"], 'There is no command "docter". Is "doctor" meant?'],
  [["--json"], 'There is no command "--json".'],
  [["serve"], "Add --machine DIR."],
  [["serve", "--machine="], "Add --machine DIR."],
  [["serve", "--machine", "--json"], "Option '--machine' lacks its value."],
  [["seats", "--machine", "--json"], "Option '--machine' lacks its value."],
  [["seats", "--machine", "a", "--machine", "b"], "--machine stands twice."],
  [["serve", "--machine", "/nowhere", "--runtime=podman"], '--runtime is "podman"; it may be auto, docker, process.'],
  [["clear", "--machine", "/nowhere", "--runtime", "docker"], "Unknown option '--runtime'."],
  [["front", "--machine", "/nowhere"], "Unknown option '--machine'."],
  [["doctor", "--json=yes"], "Option '--json' does not take an argument."],
  [["doctor", "now"], "Unexpected argument 'now'."],
  [["doctor", "--jsno"], "Unknown option '--jsno'. Is --json meant?"],
  [["tasks"], "Add CHANGE: "],
  [["tasks", "1", "2"], "Unexpected argument '2'."],
])("%p can't be understood: one sentence, exit code 2, nothing done", async (argv, sentence) => {
  const said = await run(...argv);
  expect([said.code, said.out, said.err.split("\n").length]).toEqual([2, "", 1]);
  expect(said.err).toStartWith(sentence);
});

test("an option's value may follow after a space or =", async () => {
  const chosen = async (...argv: string[]) => (await run("doctor", ...argv)).out.split("\n")[0];
  expect(await chosen("--runtime=docker")).toBe("Seats of the runtime docker");
  expect(await chosen("--runtime", "process")).toBe("Seats of the runtime process");
});

test("help names every command, and each command what it takes", async () => {
  const all = (await run("--help")).out;
  expect((await run()).out).toBe(all);
  const names = [...all.matchAll(/^ {2}(\w+) {2}/gm)].map(([, name = ""]) => name);
  expect(names.length).toBeGreaterThan(20);
  for (const name of ["serve", "doctor", "refresh"]) {
    expect(names).toContain(name);
    const one = await run(name, "--help");
    expect([one.code, one.out]).toEqual([0, expect.stringContaining(`clarateach-agent ${name}`)]);
  }
  expect((await run("serve", "--help")).out).toMatch(/ --machine {2}the machine's directory/);
  expect((await run("log", "--help")).out).toStartWith("clarateach-agent log CHANGE TASK [--machine NAME|DIR]\n");
  expect((await run("stop", "--help")).out).toStartWith("clarateach-agent stop [SEAT…] [--yes] [--all]");
});

test("doctor without a word looks at what an agent would choose, and says why", async () => {
  const said = await run("doctor");
  expect(said.err).toBe("");
  expect(said.out).toMatch(/^Seats of the runtime (docker|process), chosen by itself: /);
  expect(said.out).toMatch(/All is well\.$|can do without \(\d+\)\.$/);
});

test("doctor lists what seats need, as lines and as JSON", async () => {
  const said = await run("doctor", "--runtime", "process");
  for (const word of ["tmux", "openat2", "Chromium", "Xtigervnc", "disk", "memory", "ports"]) expect(said.out).toContain(word);
  const findings = JSON.parse((await run("doctor", "--json", "--runtime", "process")).out) as { what: string; state: string }[];
  expect(findings.find(({ what }) => what === "tmux")?.state).toBe("good");
});

test("what is missing is named with what to do", () => {
  const findings = examine({
    openat2: () => {
      throw new Error("ENOSYS");
    },
  });
  const broken = findings.find(({ what }) => what.startsWith("openat2"));
  expect([broken?.state, broken?.found]).toEqual(["bad", "ENOSYS"]);
  expect(printed(findings, false)).toContain("bad     openat2 (safe file access): ENOSYS\n        → a kernel from 5.6");
  expect(printed(findings, true)).toContain("\x1b[31mbad");
});

test("a port that another program has is named", () => {
  const other = Bun.listen({ hostname: "0.0.0.0", port: 0, socket: { data() {} } });
  expect(examineDoors([other.port])).toMatchObject({ state: "missing", found: expect.stringContaining(`${other.port} taken`) });
  other.stop(true);
  expect(examineDoors([other.port]).state).toBe("good");
});

test("doctor for docker also looks at the daemon, and says what to do where it doesn't answer", async () => {
  const findings = JSON.parse((await run("doctor", "--json", "--runtime", "docker")).out) as { what: string; fix?: string }[];
  const names = findings.map(({ what }) => what);
  expect(names).toContain("root (disks, firewall)");
  // Its seats bring their own.
  expect(names).not.toContain("tmux");
  expect(names.find((name) => name.startsWith("ports 80"))).toBe("ports 80 and 443 (for a public name)");
});
