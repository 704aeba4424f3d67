import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { $ } from "bun";
import { giveDisk } from "../../../../agent/seats/docker/disk/owner.ts";
import { machineLabels, seatLabels, seatObject, seatPaths } from "../../../../agent/seats/docker/names.ts";
import { type DockerSeats, dockerSeats } from "../../../support/docker-seats.ts";
import { canRunDocker, type PrivateDocker, smallSeats, startDocker } from "../../../support/dockerd.ts";
import { until } from "../../../support/until.ts";

/** What the kernel gives each user a part of. `take` takes one more of it, and throws OSError when there is none left. */
const COUNTED = [
  {
    name: "descriptors parked in unix sockets",
    refusal: "ETOOMANYREFS",
    take: `
null = open("/dev/null")
def send(one):
  one.setblocking(False)
  one.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [null.fileno()] * 253))])
def take():
  try: send(held[-1][0])
  except (IndexError, BlockingIOError):
    held.append(socket.socketpair())
    send(held[-1][0])`,
  },
  {
    name: "timers",
    refusal: "EAGAIN",
    take: `
timer = ctypes.c_void_p()
def take(): check(libc.timer_create(1, None, ctypes.byref(timer)))`,
  },
  {
    name: "message queues",
    refusal: "EMFILE",
    take: `
def take():
  name = f"/q{os.getpid()}-{len(held)}".encode()
  held.append(name)
  check(libc.mq_open(name, os.O_CREAT | os.O_RDWR, 0o600, None))`,
  },
  {
    name: "watchers of files",
    refusal: "EMFILE",
    take: `
def take(): check(libc.inotify_init1(0))`,
  },
  {
    name: "pipes' buffers",
    refusal: "EPERM",
    take: `
def take():
  held.append(os.pipe())
  fcntl.fcntl(held[-1][0], 1031, 1 << 20)`,
  },
  {
    name: "processes",
    refusal: "EAGAIN",
    take: `
def take():
  if os.fork() == 0: signal.pause()`,
  },
] as const;

const PRELUDE = `import array, ctypes, errno, fcntl, os, signal, socket, time
libc = ctypes.CDLL(None, use_errno=True)
held = []
spare = open("/dev/null")
def check(result):
  if result < 0: raise OSError(ctypes.get_errno(), "refused")
`;
/** Takes all there is, says what ended it, and holds on. */
const HOARD = `
try:
  while True: take()
except OSError as error:
  spare.close()
  open("/workspace/part", "w").write(errno.errorcode[error.errno])
  os.rename("/workspace/part", "/workspace/hoarded")
  signal.pause()`;
const ONE_MORE = `
take()
print("had")`;

/** As a fresh machine has them, here too where an earlier release has raised them. */
const USUAL = { "fs/inotify/max_user_instances": "128", "fs/pipe-user-pages-soft": "16384" };

describe.skipIf(!canRunDocker)("every seat's user (needs root, dockerd, iptables)", () => {
  let docker: PrivateDocker;
  let seats: DockerSeats;
  let elsewhere: DockerSeats;
  const before = new Map<string, string>();

  beforeAll(async () => {
    for (const name of Object.keys(USUAL)) before.set(name, readFileSync(`/proc/sys/${name}`, "utf8"));
    docker = await startDocker();
    [seats, elsewhere] = await Promise.all([
      dockerSeats([1, 2], { settings: smallSeats(docker) }),
      dockerSeats([1], { settings: smallSeats(docker) }),
    ]);
  });
  afterAll(async () => {
    for (const [name, value] of before) writeFileSync(`/proc/sys/${name}`, value);
    await seats?.remove();
    await elsewhere?.remove();
    await docker?.stop();
  });

  const said = async (number: number, line: string) => (await seats.sh(number, line)).stdout.trim();
  const everybody = async () => [await seats.seat(1), await seats.seat(2), await elsewhere.seat(1)];

  test("is somebody else for the kernel, of another workshop's too, and called learner by all that runs inside", async () => {
    const all = await everybody();
    const uids = all.map(({ owner }) => owner.uid);
    expect(new Set(uids).size).toBe(3);
    expect(Math.min(...uids)).toBeGreaterThan(0x7000_0000);
    for (const handle of all) {
      const { uid } = handle.owner;
      expect((await handle.exec(["id"])).stdout).toBe(`uid=${uid}(learner) gid=${uid}(learner) groups=${uid}(learner)\n`);
      expect((await handle.exec(["sh", "-c", "echo ~learner; getent passwd root | cut -d: -f1"])).stdout).toBe(
        "/home/learner\nroot\n",
      );
    }
  });

  test("has the shell, the screen and all files of its seat, seen from the machine", async () => {
    const handle = await seats.seat(1);
    const { uid } = handle.owner;
    const pty = await handle.attach({ cols: 80, rows: 24 });
    await until("the session", async () => (await handle.exec(["tmux", "has-session"])).code === 0);
    pty.close();
    const screen = await handle.spawn(["Xtigervnc", ":7", "-SecurityTypes", "None"]);
    await until("the screen", async () => (await said(1, "pgrep -c Xtigervnc")) === "1");
    // Of this seat: another test's may run beside it.
    const { State } = (await docker.docker.inspectContainer(seatObject(seats.machine, 1))) ?? {};
    const inside = /\d+/.exec(readlinkSync(`/proc/${State?.Pid}/ns/pid`))?.[0];
    const ids = (await $`ps -eo pidns=,uid=,args=`.text()).split("\n").flatMap((line) => {
      const [, namespace, uid, args = ""] = /^ *(\S+) +(\d+) (.*)$/.exec(line) ?? [];
      const isTheirs = /\b(Xtigervnc :7|tmux -u .*new-session .* -c \/workspace)/.test(args);
      return isTheirs && namespace === inside ? [Number(uid)] : [];
    });
    expect(ids.length).toBeGreaterThanOrEqual(2);
    expect(new Set(ids)).toEqual(new Set([uid]));
    screen.kill();
    const { workspace, home, run } = seatPaths(seats.directory, 1);
    for (const path of [workspace, home, run, join(home, ".bashrc")]) expect(statSync(path)).toMatchObject({ uid, gid: uid });
  });

  test.each(COUNTED)(
    "$name: one seat takes them all, the neighbour and another workshop's seat miss nothing",
    async ({ take, refusal }) => {
      for (const [name, usual] of Object.entries(USUAL)) writeFileSync(`/proc/sys/${name}`, usual);
      const one = await seats.seat(1);
      const hoarded = join(one.workspace, "hoarded");
      await rm(hoarded, { force: true });
      const hoarder = await one.spawn(["python3", "-c", PRELUDE + take + HOARD]);
      try {
        await until("the hoard", () => Bun.file(hoarded).exists());
        expect(await Bun.file(hoarded).text()).toBe(refusal);
        for (const other of [await seats.seat(2), await elsewhere.seat(1)]) {
          const more = await other.exec(["python3", "-c", PRELUDE + take + ONE_MORE]);
          expect(more).toMatchObject({ code: 0, stdout: "had\n" });
          const pty = await other.attach({ cols: 80, rows: 24 });
          let seen = "";
          pty.onData((bytes) => {
            seen += Buffer.from(bytes).toString("latin1");
          });
          pty.write(Buffer.from("echo al''ive\r"));
          await until("the shell's answer", () => seen.includes("alive"));
          pty.close();
        }
      } finally {
        hoarder.kill();
        await hoarder.exited;
      }
    },
  );

  test("gets what is on a disk of an earlier release, and a container of it is made anew", async () => {
    const { workspace, owner } = await seats.seat(2);
    await seats.sh(2, "mkdir -p deep/er; echo mine > deep/er/work; ln -s /etc/passwd link; echo set > ~/.profile");
    const name = seatObject(seats.machine, 2);
    const [found] = (await docker.docker.listContainers(machineLabels(seats.machine))).filter(
      ({ Names: [own] }) => own === `/${name}`,
    );
    await seats.reopen(async () => {
      await docker.docker.removeContainer(name);
      await $`chown -R -h 1000:1000 ${workspace} ${seatPaths(seats.directory, 2).home}`;
      const id = await docker.docker.createContainer(name, {
        ...{ Image: docker.image, Hostname: "old", User: "0:0", WorkingDir: "/", Env: [], Entrypoint: [] },
        ...{ Cmd: ["sleep", "infinity"], Labels: seatLabels(seats.machine, 2), HostConfig: { NetworkMode: "none" } },
      });
      await docker.docker.startContainer(id);
    });
    await until("the seat's own user", async () => (await said(2, "id -u").catch(() => "")) === String(owner.uid));
    expect(await said(2, "find /workspace ~ ! -user learner; cat deep/er/work; echo more >> deep/er/work")).toBe("mine");
    expect(statSync("/etc/passwd").uid).toBe(0);
    expect((await docker.docker.inspectContainer(name))?.Id).not.toBe(found?.Id);
  });

  test("a disk that was being given when the power went is given to the end", async () => {
    const directory = join(seats.directory, "half");
    const paths = seatPaths(directory, 1);
    for (const path of [paths.home, paths.run, paths.tmp, join(paths.mounts, "node.cache"), join(paths.workspace, "deep")])
      mkdirSync(path, { recursive: true });
    writeFileSync(join(paths.workspace, "deep/file"), "");
    await $`chown -R 1000:1000 ${paths.mount}`;
    await $`chown -R 70001:70001 ${paths.home} ${join(paths.workspace, "deep/file")}`;
    await giveDisk(paths, 70_001);
    expect((await $`find ${paths.mount} -mindepth 1 ! -uid 70001`.text()).trim()).toBe("");
  });
});
