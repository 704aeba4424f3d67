/** A refresh as an operator sees it: how far it is, why it waits, and what leaving and restarts do to it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Changes } from "../../../agent/contract/api.ts";
import { AGENT_COMMAND } from "../../support/agent.ts";
import { runCommand, runOnTerminal } from "../../support/command.ts";
import { type DockerApi, startDockerApi } from "../../support/docker-api.ts";
import { canRunDocker, type PrivateDocker, startDocker } from "../../support/dockerd.ts";

const sdks = (hook: string) => ({ a: { "hooks/setup-project": hook } });

describe.skipIf(!canRunDocker)("refresh on the command line (needs root, dockerd, iptables)", () => {
  let docker: PrivateDocker;
  let machine: DockerApi;
  beforeAll(async () => {
    docker = await startDocker();
    machine = await startDockerApi(docker);
    await machine.want([1, 2], sdks("true\n"));
    await machine.agent.ready();
  });
  afterAll(async () => {
    await machine?.end();
    await docker?.stop();
  });

  const environment = () => ({ CLARATEACH_MACHINE: machine.agent.directory });
  const run = (...argv: string[]) => runCommand(argv, environment());

  test("a plan says what it would do, and where nothing differs it does nothing", async () => {
    expect((await run("plan")).out).toBe("Layers reused: system, project-a\nSeats 01–02 stay as they are");
    expect(await run("refresh", "--all")).toEqual({ code: 0, out: "No updates.", err: "" });
    await machine.want([1, 2], sdks("true # differs\n"));
    expect((await run("plan", "2")).out).toContain("Seat 02 is made anew: its terminals");
  });

  test("what fails waits for a person and says what to do; a learner's text does nothing to the terminal", async () => {
    const hook = String.raw`printf '\033]0;evil\007\033[2Jtyped \302\2332J\n'; test -e /workspace/mended || exit 3`;
    await machine.want([1, 2], sdks(`${hook}\n`));
    const waits = await run("refresh", "1", "--wait-on-error", "--verbose");
    const [, change = ""] = /\(change (\d+)\)/.exec(waits.err) ?? [];
    expect([waits.code, waits.out]).toEqual([4, ""]);
    expect(waits.err).toContain("it waits for a person");
    expect(waits.err).toMatch(/^ {4}typed .*2J$/m);
    expect(waits.err).not.toMatch(/[\x1b\x07\x9b]/);
    for (const words of ["shell 1", `continue ${change}`, `abort ${change}`])
      expect(waits.err).toContain(`  clarateach-agent ${words}  `);
    const [, log = ""] = /clarateach-agent (log \d+ \d+)/.exec(waits.err) ?? [];
    expect((await run(...log.split(" "))).out).toMatch(/^typed\b[^\x1b\x07\x9b]*$/);
    expect((await run("seats")).out).toMatch(new RegExp(`01 +waiting +${change} .*Set up the project`));
    expect(await run("refresh", "1")).toMatchObject({ code: 1, err: expect.stringContaining(`(change ${change}) isn't over`) });

    expect((await run("exec", "1", "--", "touch", "/workspace/mended")).code).toBe(0);
    expect(await run("continue", change)).toMatchObject({ code: 0, out: expect.stringContaining("done in"), err: "" });
    expect((await run("exec", "1", "--", "rm", "/workspace/mended")).code).toBe(0);
  });

  test("what fails else is undone and names the task; with --json the change is printed too", async () => {
    const failed = await run("refresh", "2", "--json");
    expect(failed).toMatchObject({
      code: 1,
      err: expect.stringMatching(/: failed \(change \d+\)\n {2}Set up the project of seat 02/),
    });
    expect((JSON.parse(failed.out) as Changes).changes).toEqual([expect.objectContaining({ kind: "refresh", status: "error" })]);
  });

  test("a plug and a slot are connected by their names; without an SDK's, they are the system's", async () => {
    const plug = "plugs: {store: {interface: mount, workshop-target: /srv/store, uid: 1000}}";
    await machine.want([1, 2], { a: { "sdk.yaml": `name: a\n${plug}\n`, "hooks/setup-project": "true\n" } });
    expect(await run("refresh", "2")).toMatchObject({ code: 0, err: "" });
    expect(await run("disconnect", "2", "a:store", ":mount")).toMatchObject({ code: 0, err: "" });
    expect((await run("connections", "2")).out).toMatch(/mount +a:store +system:mount +ended by hand/);
    expect((await run("plan", "2")).out).toContain("Seat 02 stays as it is");
    expect(await run("connect", "2", "a:store", ":mount")).toMatchObject({ code: 0, err: "" });
    expect((await run("connections", "2")).out).toMatch(/mount +a:store +system:mount +by itself/);
    const ofSystem = { action: "connect", plug: ":none", slot: "a:none" };
    expect(await machine.api.post("/v1/connections?seat=02", ofSystem)).toMatchObject({
      body: { error: { message: expect.stringContaining("There is no plug system:none.") } },
    });
    expect(await run("connect", "2", ":none")).toMatchObject({ code: 1, err: expect.stringContaining('no plug "system:none"') });
  });

  test("programs have the bytes as they are, an end of their input, and two outputs", async () => {
    const bytes = Buffer.alloc(
      2_000_000,
      Uint8Array.from({ length: 1021 }, (_, i) => i % 256),
    );
    const file = join(machine.agent.directory, "sent");
    writeFileSync(file, bytes);
    const line = `${AGENT_COMMAND.map((word) => `'${word}'`).join(" ")} exec 2 -- sh -c 'sha256sum; id -un >&2; exit 4' <'${file}'`;
    const child = Bun.spawnSync(["bash", "-c", line], { env: { ...process.env, ...environment() } });
    expect([child.exitCode, child.stderr.toString()]).toEqual([4, "learner\n"]);
    expect(child.stdout.toString()).toBe(`${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}  -\n`);
    const inside = await run(
      "exec",
      "2",
      "--",
      "sh",
      "-c",
      "yes | head -c 3000000 | tee /workspace/many | sha256sum; sha256sum /workspace/many",
    );
    expect(new Set(inside.out.match(/[0-9a-f]{64}/g)).size).toBe(1);
  });

  test("whoever leaves with Ctrl-C leaves it going, and whoever stays sees the end over a kill -9 of the agent", async () => {
    await machine.want([1, 2], sdks("echo begun; sleep 4\n"));
    const screen = runOnTerminal([...AGENT_COMMAND, "refresh", "2", "--verbose"], environment(), { cols: 100, rows: 24 });
    await screen.sees("  begun\r\n");
    screen.type("\x03");
    expect(await screen.exited).toBe(130);
    await screen.sees(/clarateach-agent abort \d+ {2}/);
    const [, change = ""] = /clarateach-agent abort (\d+)/.exec(screen.shown()) ?? [];
    expect((await run("continue", change)).err).toContain("doesn't wait for anybody");

    const follower = runOnTerminal([...AGENT_COMMAND, "refresh", "1"], environment(), { cols: 100, rows: 24 });
    await follower.sees("Set up the project of seat 01");
    await machine.agent.kill();
    await follower.sees("The agent doesn't answer");
    await machine.agent.start();
    expect(await follower.exited).toBe(0);
    await follower.sees(/: done in \d+/);
  });
});
