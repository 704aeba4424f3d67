/** Hooks of SDKs: in which order they run, as whom, where, and with what. */
import { describe, expect, test } from "bun:test";
import { canRunDocker } from "../../support/dockerd.ts";
import { type Layered, layeredMachines, type OwnSdks } from "../../support/layered.ts";

const HEALTHY = "\nworkshopctl set-health okay\n";
/** Who, where, what of the environment. The cookie is another one each time. */
const PROBE = [
  `$(id -un) $PWD SDK=$SDK HOME=$HOME XDG=\${XDG_RUNTIME_DIR:+there} COOKIE=\${WORKSHOP_COOKIE:+there}`,
  `STATE=\${SDK_STATE_DIR:-none} \${BASH_VERSION:+bash} $(shopt -q login_shell && echo login || echo plain)`,
].join(" ");
const log = (hook: string, file: string, what = "$(basename $SDK)") => `echo "${hook} ${what}" >>${file}\n`;

const hooks = (what: string | undefined, mark: string) => ({
  "hooks/setup-base": `# ${mark}\n${log("setup-base", "/opt/order", what)}`,
  "hooks/setup-project": log("setup-project", "/workspace/order", what),
  "hooks/save-state": log("save-state", "/workspace/order", what),
  "hooks/restore-state": log("restore-state", "/workspace/order", what),
  "hooks/check-health": log("check-health", "/workspace/order", what) + HEALTHY,
});
const sdks = (mark: string, what?: string): OwnSdks => ({ a: hooks(what, "a"), b: hooks(what, mark) });

const says = async (machine: Layered, command: string) =>
  (await (await machine.ready(1)).exec(["sh", "-c", command])).stdout.trim().split("\n");

describe.skipIf(!canRunDocker)("checks 4 and 5 (needs root, dockerd, iptables)", () => {
  const machines = layeredMachines();

  /** What was launched, then refreshed. */
  async function renewed(what?: string): Promise<{ machine: Layered; launched: string[]; refreshed: string[] }> {
    const machine = await machines.make();
    await machine.want([1], sdks("b1", what));
    const launched = await says(machine, "cat /opt/order /workspace/order; rm /workspace/order");
    await machine.want([1], sdks("b2", what));
    await machine.manager.ask([1], { action: "refresh" });
    const ended = await machine.ended("refresh");
    expect([ended.status, ended.error]).toEqual(["done", undefined]);
    return { machine, launched, refreshed: await says(machine, "cat /workspace/order") };
  }

  test("check 4: SDK by SDK what is installed, then all projects, then the health of all; a refresh saves first and looks last", async () => {
    const { machine, launched, refreshed } = await renewed();
    const of = (...kinds: string[]) => kinds.flatMap((kind) => [`${kind} a`, `${kind} b`]);
    expect(launched).toEqual(of("setup-base", "setup-project", "check-health"));
    expect(refreshed).toEqual(of("save-state", "setup-project", "restore-state", "check-health"));
    const launch = machine.manager.changes("all").find(({ kind }) => kind === "launch");
    const installed = launch?.tasks.filter(({ kind }) => kind === "docker/build-layer").map(({ summary }) => summary);
    expect(installed).toEqual(["Install system", "Install project-a", "Install project-b"]);
  });

  test("check 5: root installs, the learner does all else; only what saves and finds state knows its place", async () => {
    const { launched, refreshed } = await renewed(PROBE);
    const [home, inHooks] = ["/home/learner", "/var/lib/workshop/sdk/a/hooks"];
    const line = (
      hook: string,
      user: string,
      cwd: string,
      of: { home: string; xdg?: string; cookie?: string; state?: string; shell?: string },
    ) =>
      `${hook} ${user} ${cwd} SDK=/var/lib/workshop/sdk/a HOME=${of.home} XDG=${of.xdg ?? "there"} COOKIE=${of.cookie ?? "there"} STATE=${of.state ?? "none"} bash ${of.shell ?? "plain"}`;
    const ofA = (lines: readonly string[]) => lines.filter((one) => one.includes("SDK=/var/lib/workshop/sdk/a "));
    const state = "/var/lib/workshop/state/sdk/a";
    const project = line("setup-project", "learner", "/workspace", { home, shell: "login" });
    const health = line("check-health", "learner", inHooks, { home });
    expect(ofA(launched)).toEqual([line("setup-base", "root", inHooks, { home: "/root", xdg: "", cookie: "" }), project, health]);
    expect(ofA(refreshed)).toEqual([
      line("save-state", "learner", inHooks, { home, state }),
      project,
      line("restore-state", "learner", inHooks, { home, state }),
      health,
    ]);
  });
});
