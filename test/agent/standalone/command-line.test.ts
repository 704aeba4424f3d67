/** A project's whole life by the command line of the compiled executable, on real containers. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ProjectPlace, placeOf } from "../../../agent/contract/projects.ts";
import { bridgePrefix, MACHINE_LABEL } from "../../../agent/seats/docker/names.ts";
import type { Said } from "../../support/command.ts";
import { canRunDocker, type PrivateDocker, startDocker, TOOLS } from "../../support/dockerd.ts";
import { OWNER, type ProjectFolder, projectFolder, writeWorkshop } from "../../support/project.ts";
import { until } from "../../support/until.ts";

const AGENT = join(import.meta.dir, "../../../dist/clarateach-agent");
const SDKS = { a: { "hooks/setup-base": "echo one >/opt/a\n", "hooks/setup-project": "touch /project/set-up\n" } };
const ACTIONS = 'actions:\n  greet: |\n    echo "hello $1 from $(pwd)"\n    false | true\n    echo not reached\n';

describe.skipIf(!canRunDocker)("clarateach-agent in a project's directory (needs root, dockerd, iptables)", () => {
  let docker: PrivateDocker;
  let folder: ProjectFolder;
  let room: string;
  let place: ProjectPlace;

  beforeAll(async () => {
    docker = await startDocker();
    room = mkdtempSync(join(tmpdir(), "ct-projects-"));
    folder = projectFolder();
    place = placeOf(folder.directory, { CLARATEACH_PROJECTS: room });
  });
  afterAll(async () => {
    const pid = agentPid();
    if (pid !== undefined) process.kill(pid, "SIGKILL");
    if (existsSync(place.directory)) Bun.spawnSync([AGENT, "clear", "--machine", place.directory], { env: env() });
    await docker?.stop();
    rmSync(room, { recursive: true, force: true });
    folder.remove();
  });

  const small = { CLARATEACH_SEAT_MEMORY: "512M", CLARATEACH_SEAT_DISK: "256M", CLARATEACH_SEAT_CPUS: "1" };
  const env = () => ({
    ...{ ...process.env, ...small, CLARATEACH_PROJECTS: room },
    ...{ CLARATEACH_DOCKER_SOCKET: docker.socket, CLARATEACH_TOOLS: TOOLS },
  });

  async function says(...argv: string[]): Promise<Said> {
    const child = Bun.spawn([AGENT, ...argv], {
      cwd: folder.directory,
      env: env(),
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    return { code: await child.exited, out: out.replaceAll("\r\n", "\n").trim(), err: err.trim() };
  }

  function agentPid(): number | undefined {
    try {
      return JSON.parse(readFileSync(join(place.directory, "agent.pid"), "utf8")).pid;
    } catch {
      return undefined;
    }
  }
  const isAlive = (pid: number) => existsSync(`/proc/${pid}/exe`);

  test("a file with mistakes is refused with their places, and nothing was begun", async () => {
    folder.write("workshop.yaml", "name: dev\nbase: debian@12\ncolour: red\nsdks:\n  - name: nood\n");
    const { code, err } = await says("launch");
    expect(code).toBe(1);
    expect(err).toContain("2 things have to be mended.\nworkshop.yaml:3:1 “colour” is not known here");
    expect(err).toContain("\nworkshop.yaml:5:11 There is no SDK “nood”");
    expect(readdirSync(room)).toEqual([]);
    expect((await says("seats")).err).toStartWith("No workshop of");
  });

  test("launch makes it and says how it is entered; a second one says that it is there", async () => {
    writeWorkshop(folder, "dev", SDKS, { more: ACTIONS });
    const first = await says("launch");
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(first.out).toMatch(/Launch seat 1: done in .*\nEnter it: clarateach-agent shell dev$/);
    expect(await says("launch", "dev")).toEqual({
      ...{ code: 0, err: "" },
      out: "dev is there already: ready.\nEnter it: clarateach-agent shell dev",
    });
    expect((await says("seats")).out).toMatch(/NAME +STATUS.*\n01 +dev +ready/);
  });

  test("what runs in it works on the project's own files, as whom they belong to", async () => {
    expect(statSync(join(folder.directory, "set-up"))).toMatchObject(OWNER);
    expect((await says("exec", "dev", "--", "sh", "-c", "id -u; cat /opt/a; ls -1A /project; echo new >/project/new")).out).toBe(
      `${OWNER.uid}\none\n.workshop\nset-up\nworkshop.yaml`,
    );
    expect(statSync(join(folder.directory, "new"))).toMatchObject(OWNER);
    expect(await says("exec", "other", "--", "true")).toMatchObject({ code: 2, err: expect.stringContaining("there are dev.") });
  });

  test("its actions are read each time, and stop where something fails", async () => {
    expect(await says("run", "dev", "greet", "you")).toMatchObject({ code: 1, out: "hello you from /workspace" });
    writeWorkshop(folder, "dev", SDKS, { more: "actions:\n  greet: echo changed\n" });
    expect(await says("run", "dev", "greet")).toMatchObject({ code: 0, out: "changed" });
    expect(await says("run", "dev", "great")).toMatchObject({ code: 1, err: expect.stringContaining("It has greet.") });
  });

  test("the next command starts an agent that has ended, which has all workshops as they were", async () => {
    const pid = agentPid() as number;
    process.kill(pid, "SIGKILL");
    await until("the agent to be gone", () => !isAlive(pid));
    expect(await says("exec", "dev", "--", "cat", "/project/new")).toMatchObject({ code: 0, out: "new" });
    expect(agentPid()).not.toBe(pid);
  });

  test("after a reboot the next command has it run again, on the same files", async () => {
    const pid = agentPid() as number;
    process.kill(pid, "SIGKILL");
    await until("the agent to be gone", () => !isAlive(pid));
    await docker.reboot();
    for (const path of mountsOf(place.machine).reverse()) Bun.spawnSync(["umount", path]);
    expect(mountsOf(place.machine)).toEqual([]);
    expect(await says("exec", "dev", "--", "sh", "-c", "cat /project/new; echo again >/project/new; cat /opt/a")).toMatchObject({
      ...{ code: 0, out: "new\none" },
    });
    expect(readFileSync(join(folder.directory, "new"), "utf8")).toBe("again\n");
  });

  test("refresh takes the files as they are; mistakes leave everything as it is", async () => {
    const text = readFileSync(join(folder.directory, "workshop.yaml"), "utf8");
    folder.write("workshop.yaml", `${text}colour: red\n`);
    expect(await says("refresh")).toMatchObject({ code: 1, err: expect.stringContaining("workshop.yaml:8:1 “colour”") });
    folder.write("workshop.yaml", text);
    expect(await says("refresh")).toMatchObject({ code: 0, out: "No updates." });
    expect(await says("plan", "dev")).toMatchObject({ code: 0, out: expect.stringContaining("Seat 01 stays as it is") });
    folder.write(".workshop/a/hooks/setup-base", "echo two >/opt/a\n", 0o755);
    expect(await says("refresh", "dev")).toMatchObject({ code: 0, out: expect.stringContaining("Refresh seat 1: done") });
    expect((await says("exec", "dev", "--", "cat", "/opt/a", "/project/new")).out).toBe("two\nagain");
  });

  test("what waits of it is called by its name, and its files are taken as they are by then once it is given up", async () => {
    folder.write(".workshop/a/hooks/setup-project", "exit 3\n", 0o755);
    const { code, err } = await says("refresh", "dev", "--wait-on-error");
    const [, change = ""] = /\(change (\d+)\)/.exec(err) ?? [];
    expect(code).toBe(4);
    folder.write(".workshop/a/hooks/setup-project", "touch /project/mended\n", 0o755);
    expect(await says("continue", change)).toMatchObject({ code: 4 });
    for (const words of [
      "shell dev  looks",
      `continue ${change}  runs`,
      `abort ${change}  gives`,
      "refresh dev  takes its files",
    ])
      expect(err).toContain(`\n  clarateach-agent ${words}`);
    expect(await says("abort", change)).toMatchObject({ code: 0 });
    expect(await says("refresh", "dev")).toMatchObject({ code: 0 });
    expect(existsSync(join(folder.directory, "mended"))).toBe(true);
  });

  test("a directory of root's own is read and hardly written", async () => {
    expect(await says("remove", "dev")).toMatchObject({ code: 0 });
    await until("the agent to leave", () => !existsSync(place.directory));
    chownSync(folder.directory, 0, 0);
    chmodSync(folder.directory, 0o755);
    const launched = await says("launch");
    expect(launched).toMatchObject({ code: 1, err: expect.stringContaining("Set up the project of seat 01") });
    writeWorkshop(folder, "dev", {});
    const { code, out } = await says("launch");
    expect(code).toBe(0);
    expect(out).toContain("The directory belongs to root, as whom nothing in a workshop runs");
    const tried = await says("exec", "dev", "--", "sh", "-c", "id -u; cat /project/new; touch /project/mine");
    expect(tried.code).toBe(1);
    expect(Number(tried.out.split("\n")[0])).toBeGreaterThan(0x7000_0000);
    expect(tried.out).toContain("again");
    expect(existsSync(join(folder.directory, "mine"))).toBe(false);
  });

  test("with the last workshop everything goes but the project", async () => {
    const pid = agentPid() as number;
    expect(await says("remove", "dev")).toMatchObject({ code: 0, out: expect.stringContaining("Remove seat 1: done") });
    await until("the agent to leave", () => !isAlive(pid));
    expect(readdirSync(room)).toEqual([]);
    expect(readFileSync(join(folder.directory, "new"), "utf8")).toBe("again\n");
    expect(await docker.docker.listContainers({ [MACHINE_LABEL]: "" })).toEqual([]);
    expect(mountsOf(place.machine)).toEqual([]);
    expect(readFileSync("/proc/net/dev", "utf8")).not.toContain(bridgePrefix(place.machine));
  });
});

const mountsOf = (machine: string): string[] =>
  readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .flatMap((line) => {
      const point = line.split(" ")[4] ?? "";
      return point.includes(`/projects/${machine}/`) ? [point] : [];
    });
