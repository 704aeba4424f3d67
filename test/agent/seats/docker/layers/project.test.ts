import { describe, expect, test } from "bun:test";
import { canRunDocker } from "../../../../support/dockerd.ts";
import { layeredMachines } from "../../../../support/layered.ts";

/** Which hook of which SDK it is, who runs it, where, and what it knows. */
const TELL = (what: string) => `echo "${what} $(id -un) $(id -u) $PWD $SDK $HOME"`;

describe.skipIf(!canRunDocker)("hooks of SDKs of one's own (needs root, dockerd, iptables)", () => {
  const here = layeredMachines();

  test("all setup-base in the list's order as root, then in each seat all setup-project as its learner; not again when a seat is started again", async () => {
    const machine = await here.make();
    const sdk = (name: string) => ({
      "hooks/setup-base": `${TELL(name)} >> /opt/order # ${crypto.randomUUID()}`,
      "hooks/setup-project": `${TELL(name)} >> /workspace/order; shopt -q login_shell; [ -n "$XDG_RUNTIME_DIR" ]`,
    });
    await machine.want([1, 2], { b: sdk("b"), a: sdk("a") });
    const at = (name: string) => `/var/lib/workshop/sdk/${name}`;
    for (const number of [1, 2]) {
      const seat = await machine.ready(number);
      expect((await seat.exec(["cat", "/opt/order"])).stdout).toBe(
        ["b", "a"].map((name) => `${name} root 0 ${at(name)}/hooks ${at(name)} /root\n`).join(""),
      );
      expect((await seat.exec(["cat", "/workspace/order"])).stdout).toBe(
        ["b", "a"].map((name) => `${name} learner ${seat.owner.uid} /workspace ${at(name)} /home/learner\n`).join(""),
      );
    }
    await machine.close();
    for (const { Id } of await here.docker.docker.listContainers({ "clarateach.machine": machine.machine }))
      await here.docker.docker.stopContainer(Id);
    await machine.open();
    expect((await (await machine.ready(1)).exec(["cat", "/workspace/order"])).stdout.split("\n")).toHaveLength(3);
  });

  test("packages are installed as on any Debian, with users and owners of theirs; lists and archives stay out of seats", async () => {
    const machine = await here.make();
    const lines = [
      "apt-get update -qq",
      "apt-get install -y -qq --no-install-recommends redis-server",
      "ls /var/lib/apt/lists/*Packages* /var/cache/apt/archives/redis*.deb",
    ];
    await machine.want([1], { redis: { "hooks/setup-base": `${lines.join("\n")}\n# ${crypto.randomUUID()}` } });
    const seat = await machine.ready(1);
    const look =
      "redis-cli --version; stat -c %U:%G /var/lib/redis; ls /var/lib/apt/lists /var/cache/apt/archives | grep -E 'Packages|deb$'";
    expect((await seat.exec(["sh", "-c", look])).stdout).toMatch(/^redis-cli \d\S*\nredis:redis\n$/);
  });

  test("all that a hook of a seat says is in its task's log, but for secrets: what reaches Claude, and the hook's own cookie", async () => {
    const token = `sk-seat-${crypto.randomUUID()}`;
    const machine = await here.make({
      environment: () => ({ ANTHROPIC_AUTH_TOKEN: token, ANTHROPIC_BASE_URL: "http://127.0.0.1:1" }),
    });
    const say = 'for i in $(seq 500); do echo "line $i"; done; set -x; : "$WORKSHOP_COOKIE" shown; env; exit 1';
    await machine.want([1], { one: { "hooks/setup-project": say } });
    const { id } = await machine.task("Set up the project of seat 01", ({ status }) => status === "error");
    const change = machine.manager.changes("all").find(({ tasks }) => tasks.some((task) => task.id === id));
    const log = await machine.manager.taskLog(change?.id ?? "", id).text();
    expect(log).toStartWith("line 1\nline 2\n");
    expect(log).toContain("\nline 500\n");
    expect(log).toContain("ANTHROPIC_BASE_URL=http://127.0.0.1:1\n");
    expect(log).toContain("ANTHROPIC_AUTH_TOKEN=***\n");
    // As `set -x` shows what a command is given.
    expect(log).toContain("+ : *** shown\n");
    expect(log).toContain("WORKSHOP_COOKIE=***\n");
    for (const said of [log, JSON.stringify(change)]) expect(said).not.toContain(token);
  });

  test("a setup-project that fails costs its own seat: the others of the class are there, and it says why", async () => {
    const machine = await here.make();
    await machine.want([1, 2], { one: { "hooks/setup-project": 'echo trying; [ "$(hostname)" != seat-02 ]' } });
    expect((await (await machine.ready(1)).exec(["echo", "fine"])).stdout).toBe("fine\n");
    const task = await machine.task("Set up the project of seat 02", ({ status }) => status === "error");
    expect(task.log).toEqual(["trying", "setup-project of one ended with 1."]);
    expect(machine.manager.seat(1)).toBeDefined();
  });
});
