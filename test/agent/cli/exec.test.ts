/** Programs and shells in a seat, by the executable, on pipes and on a real terminal. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";
import { runCommand, runOnTerminal } from "../../support/command.ts";
import { until } from "../../support/until.ts";

const EXECUTABLE = new URL("../../../dist/clarateach-agent", import.meta.url).pathname;

let agent: TestAgent;
beforeAll(async () => {
  agent = await startTestAgent(1);
  await agent.ready();
});
afterAll(() => agent?.end());

const run = (...argv: string[]) => runCommand(argv, { CLARATEACH_MACHINE: agent.directory });

/** A person's own shell, in which she enters the seat: what it prints afterwards is her terminal as she has it back. */
const atHome = (words: string) =>
  runOnTerminal(["bash", "-c", `'${EXECUTABLE}' ${words}; echo "code $?"; stty -a`], { CLARATEACH_MACHINE: agent.directory });
const ITSELF = /code \d+\r\n.*\bopost .*\nisig icanon .*\becho /s;

describe("exec without a terminal", () => {
  test("hands on words as they are, and the program's code", async () => {
    const said = await run("exec", "1", "--", "sh", "-c", 'printf "%s|" "$PWD" "$@"; exit 42', "x", "a b", "--help", "ü'\"$HOME");
    expect(said).toEqual({ code: 42, out: expect.stringMatching(/^\/.*\|a b\|--help\|ü'"\$HOME\|$/), err: "" });
  });

  test("bytes pass as they are, both ways, and each output by itself", async () => {
    const bytes = Buffer.alloc(
      3_000_000,
      Uint8Array.from({ length: 1021 }, (_, i) => i % 256),
    );
    const [sent, got] = [join(agent.directory, "sent"), join(agent.directory, "got")];
    writeFileSync(sent, bytes);
    const line = `'${EXECUTABLE}' exec 1 -- sh -c 'cat; echo told >&2; exit 3' <'${sent}' >'${got}'`;
    const child = Bun.spawnSync(["bash", "-c", line], { env: { ...process.env, CLARATEACH_MACHINE: agent.directory } });
    expect([child.exitCode, child.stderr.toString()]).toEqual([3, "told\n"]);
    expect(readFileSync(got).equals(bytes)).toBe(true);
  });

  test("a program that doesn't read its input ends all the same, and so does one whose output nobody reads", async () => {
    const env = { ...process.env, CLARATEACH_MACHINE: agent.directory };
    const unread = `head -c 20000000 /dev/zero | '${EXECUTABLE}' exec 1 -- true; echo "\${PIPESTATUS[1]}"`;
    expect(Bun.spawnSync(["bash", "-c", unread], { env }).stdout.toString()).toBe("0\n");
    const unheard = `'${EXECUTABLE}' exec 1 -- yes | head -1; echo "\${PIPESTATUS[0]}"`;
    expect(Bun.spawnSync(["bash", "-c", unheard], { env }).stdout.toString()).toBe("y\n141\n");
    expect(readFileSync(join(agent.directory, "agent.log"), "utf8")).not.toContain("EPIPE");
  });

  test("fails as itself where the program doesn't begin", async () => {
    expect(await run("exec", "9", "--", "ls")).toMatchObject({
      code: 125,
      err: expect.stringContaining("has no seat 09"),
    });
    expect(await run("exec", "1", "--", "nonesuch")).toMatchObject({ code: 125, err: expect.stringContaining('"nonesuch"') });
    expect(await run("exec", "1")).toMatchObject({ code: 2, err: expect.stringContaining("Add PROGRAM") });
    expect(await run("exec", "1", "ls", "-l")).toMatchObject({ code: 2, err: expect.stringContaining('stands behind "--"') });
    expect(await run("shell", "1-2")).toMatchObject({ code: 2, err: expect.stringContaining("names several seats") });
  });
});

describe("on a terminal", () => {
  test("a shell has all keys and the size, and the terminal is itself again afterwards", async () => {
    const screen = atHome("shell 1");
    screen.type("echo ready-$((6*7)); stty size\r");
    await screen.sees("ready-42\r\n24 80");
    screen.type("sleep 1000\r");
    await screen.sees("sleep 1000\r\n");
    screen.type("\x03");
    screen.type("echo caught-$?; trap 'stty size' WINCH\r");
    await screen.sees("caught-130");
    screen.resize(101, 33);
    await until("the program to hear of its size", () => {
      screen.type("stty size\r");
      return screen.shown().includes("33 101");
    });
    screen.type("exit 5\r");
    await screen.sees(ITSELF);
    expect(screen.shown()).toContain("code 5\r\n");
  });

  test("it is itself again when the client is ended", async () => {
    const screen = atHome("exec 1 -- bash -c 'stty raw -echo; printf \"\\x1b[?1049hin-$((6*7))\"; sleep 1000'");
    await screen.sees("in-42");
    const [client] = Bun.spawnSync(["pgrep", "-P", String(screen.pid)])
      .stdout.toString()
      .trim()
      .split("\n");
    process.kill(Number(client), "SIGTERM");
    await screen.sees(ITSELF);
    expect(screen.shown()).toContain("code 143\r\n");
  });

  test("and when the agent is, whatever the program had made of it", async () => {
    const screen = atHome("exec 1 -- bash -c 'printf \"\\x1b[?1049h\\x1b[?25lin-$((6*7))\"; sleep 1000'");
    await screen.sees("in-42");
    await agent.kill();
    await screen.sees(ITSELF);
    expect(screen.shown()).toMatch(/\x1b\[\?1049l.*\x1b\[\?25h.*The way to seat 01 was cut.*code 125\r\n/s);
    await agent.start();
  });
});
