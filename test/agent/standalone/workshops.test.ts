/** A project's workshops by its agent's socket alone, on real containers. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";
import type { ChangesMade, ProjectRead, Workshop, Workshops } from "../../../agent/contract/api.ts";
import type { ChangeView } from "../../../agent/contract/changes.ts";
import type { ErrorBody } from "../../../agent/contract/errors.ts";
import { bootDocument, type ProjectPlace, placeOf } from "../../../agent/contract/projects.ts";
import { MACHINE_LABEL } from "../../../agent/seats/docker/names.ts";
import { AGENT_COMMAND } from "../../support/agent.ts";
import { type Api, apiOf } from "../../support/api.ts";
import { canRunDocker, type PrivateDocker, startDocker, TOOLS } from "../../support/dockerd.ts";
import { OWNER, type ProjectFolder, projectFolder, writeWorkshop } from "../../support/project.ts";
import { until } from "../../support/until.ts";

const SDKS = { a: { "hooks/setup-base": "echo one >/opt/a\n", "hooks/setup-project": "id -u >/project/made-by\n" } };

describe.skipIf(!canRunDocker)("a project's workshops (need root, dockerd, iptables)", () => {
  let docker: PrivateDocker;
  let folder: ProjectFolder;
  let room: string;
  let place: ProjectPlace;
  let agent: Subprocess;
  let api: Api;

  beforeAll(async () => {
    docker = await startDocker();
    room = mkdtempSync(join(tmpdir(), "ct-projects-"));
    folder = projectFolder();
    place = placeOf(folder.directory, { CLARATEACH_PROJECTS: room });
    mkdirSync(place.directory);
    writeFileSync(join(place.directory, "machine.json"), JSON.stringify(bootDocument(place)));
    await start();
  });
  afterAll(async () => {
    agent?.kill("SIGKILL");
    await agent?.exited;
    if (existsSync(place.directory)) Bun.spawnSync([...AGENT_COMMAND, "clear", "--machine", place.directory], { env: env() });
    await docker?.stop();
    rmSync(room, { recursive: true, force: true });
    folder.remove();
  });

  const small = { CLARATEACH_SEAT_MEMORY: "512M", CLARATEACH_SEAT_DISK: "256M", CLARATEACH_SEAT_CPUS: "1" };
  const env = () => ({ ...process.env, ...small, CLARATEACH_DOCKER_SOCKET: docker.socket, CLARATEACH_TOOLS: TOOLS });

  async function start(): Promise<void> {
    const argv = [...AGENT_COMMAND, "serve", "--machine", place.directory, "--runtime", "docker"];
    agent = Bun.spawn(argv, { stdio: ["ignore", "inherit", "inherit"], env: env() });
    api = apiOf(place.directory);
    await until("the agent to answer", () => api.ask("/v1/workshops").catch(() => undefined));
  }

  const workshops = async () => ((await api.ask("/v1/workshops")).body as Workshops).workshops;
  const one = async (name: string) => (await workshops()).find((each) => each.name === name) as Workshop;
  const take = (...names: string[]) => api.post("/v1/projects", { action: "read", ...(names.length > 0 && { names }) });

  async function done(body: object): Promise<ChangeView> {
    const answer = await api.post("/v1/workshops", body);
    expect(answer).toMatchObject({ status: 202 });
    const [change = ""] = (answer.body as ChangesMade).changes;
    return until("the change to end", async () => {
      const { status, body } = await api.ask(`/v1/changes/${change}/wait`);
      return status === 200 ? (body as ChangeView) : undefined;
    });
  }

  async function shown(seat: string, ...argv: string[]): Promise<string> {
    const exec = await api.exec(seat, argv);
    expect(await exec.ended).toEqual({ type: "exit", code: 0 });
    return exec.shown().replaceAll("\r\n", "\n").trim();
  }

  test("what is wrong with its files is said with places, and nothing is made", async () => {
    folder.write("workshop.yaml", "name: dev\nbase: ubuntu@99.04\n");
    const { status, body } = await take();
    expect(status).toBe(400);
    expect((body as ErrorBody).error.problems).toEqual([
      { path: "workshop.yaml", line: 2, column: 7, message: expect.stringContaining("It has to be debian@12") },
    ]);
    expect(await workshops()).toEqual([]);
  });

  test("a workshop is off until it is launched, and its programs run as whom the project belongs to", async () => {
    writeWorkshop(folder, "dev", SDKS);
    expect(((await take()).body as ProjectRead).workshops).toEqual([{ name: "dev", seat: 1 }]);
    expect(await one("dev")).toMatchObject({ status: "off", operations: ["launch"] });
    expect(await done({ action: "launch", seats: [1] })).toMatchObject({ status: "done" });
    expect(await one("dev")).toMatchObject({ name: "dev", status: "ready" });

    const { uid, gid } = statSync(join(folder.directory, "made-by"));
    expect({ uid, gid }).toEqual(OWNER);
    expect(readFileSync(join(folder.directory, "made-by"), "utf8")).toBe(`${OWNER.uid}\n`);
    expect(await shown("01", "id", "-un")).toBe("learner");
    expect(await shown("01", "ls", "-1A", "/project")).toBe(".workshop\nmade-by\nworkshop.yaml");
    expect(await shown("01", "sh", "-c", "echo more >/workspace/more; mountpoint -q /project && cat /project/more")).toBe("more");
    expect(statSync(join(folder.directory, "more"))).toMatchObject(OWNER);
  });

  test("nothing of it listens but its socket, which is its owner's alone", async () => {
    expect(statSync(join(place.directory, "agent.socket")).mode & 0o777).toBe(0o600);
    const inodes = readdirSync(`/proc/${agent.pid}/fd`).map((fd) => linkOf(`/proc/${agent.pid}/fd/${fd}`));
    const listening = ["tcp", "tcp6"].flatMap((kind) => listenersIn(readFileSync(`/proc/${agent.pid}/net/${kind}`, "utf8")));
    expect(listening.filter((inode) => inodes.includes(`socket:[${inode}]`))).toEqual([]);
  });

  test("a second workshop with a definition of its own is made beside the first", async () => {
    writeWorkshop(folder, "other", {}, { file: ".workshop/other.yaml" });
    expect(((await take("other")).body as ProjectRead).workshops).toEqual([{ name: "other", seat: 2 }]);
    expect(await done({ action: "launch", seats: [2] })).toMatchObject({ status: "done" });
    expect(await shown("02", "sh", "-c", "cat /project/more; test ! -e /opt/a")).toBe("more");
    expect((await one("other")).definition).toContain("name: other");
  });

  test("a refresh takes the files as they are, and the agent's end in between loses nothing", async () => {
    folder.write(".workshop/a/hooks/setup-base", "echo two >/opt/a\n", 0o755);
    agent.kill("SIGKILL");
    await agent.exited;
    await start();
    expect(await shown("01", "cat", "/opt/a")).toBe("one");
    // A refresh alone has what was taken before.
    expect((await api.post("/v1/workshops", { action: "refresh", seats: [1] })).status).toBe(200);
    await take("dev");
    expect(await done({ action: "refresh", seats: [1] })).toMatchObject({ kind: "refresh", status: "done" });
    expect(await shown("01", "cat", "/opt/a", "/project/more")).toBe("two\nmore");
    expect(await one("other")).toMatchObject({ status: "ready" });
  });

  test("a launch that fails isn't tried again by itself, and goes when its files are mended", async () => {
    writeWorkshop(folder, "bad", { b: { "hooks/setup-project": "test -e /project/mended\n" } }, { file: ".workshop/bad.yaml" });
    await take("bad");
    expect(await done({ action: "launch", seats: [3] })).toMatchObject({ status: "error" });
    expect(await one("bad")).toMatchObject({ status: "error", operations: ["launch", "remove"] });
    expect((await api.ask("/v1/changes?select=in-progress")).body).toEqual({ changes: [] });
    folder.write("mended", "");
    expect(await done({ action: "launch", seats: [3] })).toMatchObject({ status: "done" });
    expect(await one("bad")).toMatchObject({ status: "ready" });
  });

  test("files that change while a workshop waits are told", async () => {
    folder.write(".workshop/a/hooks/setup-project", "exit 3\n", 0o755);
    await take("dev");
    await api.post("/v1/workshops", { action: "refresh", seats: [1], mode: "wait-on-error" });
    const waiting = await until("it to wait", async () => {
      const now = await one("dev");
      return now.status === "waiting" ? now : undefined;
    });
    expect(waiting.notes.join()).not.toContain("definition changed");
    folder.write(".workshop/a/hooks/setup-project", "true\n", 0o755);
    expect((await one("dev")).notes.join()).toContain("definition changed: its files say something else now");
    await api.post(`/v1/changes/${waiting.change}`, { action: "abort" });
    await until("it to be what it was", async () => (await one("dev")).status === "ready");
  });

  test("a directory that somebody else has by now isn't opened to programs of whoever had it; the workshop stays what it was", async () => {
    folder.write(".workshop/a/hooks/setup-base", "echo three >/opt/a\n", 0o755);
    await take("dev");
    chownSync(folder.directory, OWNER.uid + 1, OWNER.gid);
    const refused = await done({ action: "refresh", seats: [1] });
    expect(refused.error).toContain(`belongs to uid ${OWNER.uid + 1} now, and its workshops are of uid ${OWNER.uid}`);
    expect((await one("dev")).status).not.toBe("ready");
    chownSync(folder.directory, OWNER.uid, OWNER.gid);
    await until("it to be what it was", async () => (await one("dev")).status === "ready");
    expect(await shown("01", "cat", "/opt/a")).toBe("two");
  });

  test("a project without its directory is an error, and its workshops can be removed: nothing is left then", async () => {
    folder.remove();
    for (const { name, status, notes, operations } of await workshops()) {
      expect({ name, status, operations }).toMatchObject({ status: "error", operations: ["remove"] });
      expect(notes[0]).toStartWith("missing-project: there is no directory");
    }
    expect(await done({ action: "remove" })).toMatchObject({ status: "done" });
    expect(await agent.exited).toBe(0);
    expect(existsSync(place.directory)).toBe(false);
    expect(await docker.docker.listContainers({ [MACHINE_LABEL]: "" })).toEqual([]);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(place.machine);
    expect(existsSync(`/run/clarateach/projects/${place.machine}`)).toBe(false);
  });
});

const LISTENS = "0A";

/** Inodes of sockets that listen. */
const listenersIn = (table: string): string[] =>
  table.split("\n").flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    return fields[3] === LISTENS ? [fields[9] ?? ""] : [];
  });

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
