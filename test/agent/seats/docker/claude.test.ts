import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { MachineDocument } from "../../../../agent/contract/machine.ts";
import { upstreamOf } from "../../../../agent/contract/upstream.ts";
import { relayEnvironment } from "../../../../agent/relay/environment.ts";
import { openRelay, type Relay } from "../../../../agent/relay/relay.ts";
import { openTokens } from "../../../../agent/relay/tokens.ts";
import type { ClaudeWish } from "../../../../agent/seats/claude/settings.ts";
import { runToEnd } from "../../../../agent/seats/docker/container/programs.ts";
import { bridgeOf, seatObject } from "../../../../agent/seats/docker/names.ts";
import { type DockerSeats, dockerSeats, PLAIN } from "../../../support/docker-seats.ts";
import { canRunDocker, type PrivateDocker, smallSeats, startDocker } from "../../../support/dockerd.ts";
import { until } from "../../../support/until.ts";
import { callsTool, callsTools, says, startUpstream, type TestUpstream } from "../../../support/upstream.ts";

describe.skipIf(!canRunDocker)("Claude in a container (needs root, dockerd, iptables)", () => {
  let docker: PrivateDocker;
  let seats: DockerSeats;
  let relay: Relay;
  let upstream: TestUpstream;
  const tokens = openTokens(new Uint8Array(32), "ws-test");
  const document = { phase: "running", seats: [{ seat: 1, generation: 1, freshSince: 1 }] } as MachineDocument;
  let wish: ClaudeWish = { language: "German" };

  /** As a document or a page would. */
  const set = async (next: ClaudeWish): Promise<void> => {
    wish = next;
    await seats.manager.runtime.setClaude?.(1);
  };
  const sh = async (line: string): Promise<string> => (await seats.sh(1, line)).stdout;
  /** One question by the command line; what cannot be asked there is refused. */
  const claude = (prompt: string): Promise<string> => sh(`claude -p '${prompt}'`);
  const questions = () => upstream.got.filter(({ path }) => path.startsWith("/v1/messages?"));
  const asked = () => JSON.stringify(questions().at(-1)?.json());

  beforeAll(async () => {
    docker = await startDocker();
    upstream = startUpstream();
    const environment = (seat: number, port: number) => relayEnvironment(port, tokens.of(seat, 1));
    const settings = { ...smallSeats(docker), memory: 1024 ** 3, outbound: { policy: "none" } } as const;
    seats = await dockerSeats([1], { settings }, undefined, undefined, environment, {}, () => wish);
    relay = openRelay({
      ...{ directory: seats.directory, tokens, document: () => document, open: () => true, changed: () => {} },
      upstream: upstreamOf(upstream.url),
      trouble: console.error,
    });
    relay.openSeat(await seats.seat(1));
  });
  afterAll(async () => {
    await relay?.close();
    await seats?.remove();
    await docker?.stop();
    await upstream?.end();
  });

  test("a new home has what answers the first questions; what the learner makes of it stays", async () => {
    expect(await sh("stat -c '%a %U' ~/.claude.json")).toBe("600 learner\n");
    await sh(`sed -i 's/^{/{"mine":1,/' ~/.claude.json`);
    await seats.reopen(() => docker.docker.removeContainer(`${seats.machine}-seat-01`));
    relay.openSeat(await seats.seat(1));
    expect(await sh("cat ~/.claude.json")).toContain('"mine":1');
  });

  test("no learner writes the class's settings; her own count beside them", async () => {
    const tried = await sh(
      "cd /etc/claude-code; echo {} > managed-settings.json; rm -f managed-mcp.json; touch x; mv . ../y; ls",
    );
    expect(tried).toEndWith("managed-mcp.json\nmanaged-settings.json\n");
    expect(tried.match(/Read-only|cannot/g)?.length).toBeGreaterThanOrEqual(3);
    const root = { docker: docker.docker, container: seatObject(seats.machine, 1), uid: 0 };
    const { stderr } = await runToEnd(root, ["touch", "/etc/claude-code/managed-settings.json"]);
    expect(stderr).toContain("Read-only file system");
    const own = { env: { ANTHROPIC_BASE_URL: "http://127.0.0.1:9", MINE: "mine-$((1))" }, permissions: { allow: ["Bash(env)"] } };
    await sh(`mkdir -p ~/.claude; echo '${JSON.stringify(own)}' > ~/.claude/settings.json`);
    upstream.behave(callsTool("Bash", { command: "env" }, says("Done.")));
    expect(await claude("Show it.")).toBe("Done.\n");
    expect(asked()).toContain("MINE=mine");
    expect(asked()).toContain("German");
    await sh("rm ~/.claude/settings.json");
  });

  test("ask, edits or everything: as the workshop says", async () => {
    const write = (name: string) => ["Write", { file_path: `/workspace/${name}`, content: "x" }] as const;
    const run = (name: string) => ["Bash", { command: `python3 -c 'open("${name}","w")'` }] as const;
    const made = async (permissions: NonNullable<ClaudeWish["permissions"]>) => {
      await set({ permissions });
      upstream.behave(callsTools([write(`${permissions}-edit`), run(`${permissions}-run`)], says("Done.")));
      expect(await claude("Make them.")).toBe("Done.\n");
      return (await sh(`ls -d ${permissions}-* 2>/dev/null`)).split("\n").filter(Boolean);
    };
    expect(await made("ask")).toEqual([]);
    expect(await made("edits")).toEqual(["edits-edit"]);
    expect(await made("everything")).toEqual(["everything-edit", "everything-run"]);
    await set({ permissions: "edits" });
    upstream.behave(callsTools([run("bypassed")], says("Done.")));
    await sh("claude --dangerously-skip-permissions -p 'Make it.'");
    expect(await sh("ls")).not.toContain("bypassed");
  });

  test("a class's list of models holds: the first prompt, and what a learner asks for", async () => {
    await set({ models: ["claude-opus-5-5", "claude-haiku-4-5"] });
    upstream.behave(says("Hello."));
    await claude("Hello");
    expect(questions().at(-1)?.json().model).toBe("claude-opus-5-5");
    await sh("claude --model sonnet -p Hello");
    expect(questions().at(-1)?.json().model).not.toContain("sonnet");
    await sh("claude --model claude-haiku-4-5 -p Hello");
    expect(questions().at(-1)?.json().model).toBe("claude-haiku-4-5");
  });

  test("a session that runs takes what changes, without a restart", async () => {
    await set({});
    const pty = await (await seats.seat(1)).attach({ cols: 100, rows: 30 });
    pty.onData(() => {});
    const screen = () => sh("tmux capture-pane -p -t =main:");
    const type = (keys: string) => pty.write(Buffer.from(keys));
    const ask = async (prompt: string) => {
      type(prompt);
      await until("the question", async () => (await screen()).includes(prompt));
      type("\r");
      await until("an answer", async () => /It ran\.|Do you want/.test(await screen()));
    };
    await until("a prompt", async () => (await screen()).includes("$"));
    type("claude\r");
    await until("Claude's prompt", async () => /^❯/m.test(await screen()));
    upstream.behave(callsTool("Bash", { command: "python3 -c 1" }, says("It ran.")));
    await ask("Run it first.");
    expect(await screen()).toContain("Do you want");
    await set({ permissions: "everything" });
    const end = Date.now() + 60_000;
    for (let turn = 2; !(await screen()).includes("It ran."); turn++) {
      expect(Date.now()).toBeLessThan(end);
      type("\x1b");
      await until("the prompt", async () => !(await screen()).includes("Do you want"));
      await ask(`Run it, turn ${turn}.`);
    }
    pty.close();
  });

  test("behind a proxy of hers it reaches the relay all the same", async () => {
    await set({});
    upstream.behave(says("Reached."));
    const proxied = "HTTP_PROXY=http://127.0.0.1:9 HTTPS_PROXY=http://127.0.0.1:9 http_proxy=http://127.0.0.1:9";
    expect(await sh(`${proxied} claude -p Hello`)).toBe("Reached.\n");
  });

  test("a whole session with tools asks no other host: not one packet leaves a seat that may reach nothing, nor a question for a name", async () => {
    const cables = `/sys/class/net/${bridgeOf(seats.machine, 1)}/brif`;
    const packets = () =>
      readdirSync(cables).map((cable) => Number(readFileSync(join("/sys/class/net", cable, "statistics/rx_packets"), "utf8")));
    const questionsForNames = () => sh("awk '/^Udp:/ {print $5}' /proc/net/snmp");
    const before = [packets(), await questionsForNames()];
    upstream.behave(
      callsTools(
        [
          ["Bash", { command: "ls" }],
          ["Write", { file_path: "/workspace/page.html", content: "<title>Pond</title>" }],
          ["ToolSearch", { query: "select:mcp__playwright__browser_navigate" }],
          ["mcp__playwright__browser_navigate", { url: "http://127.0.0.1:52/" }],
        ],
        says("Done."),
      ),
    );
    expect(await claude("Do it all.")).toBe("Done.\n");
    expect(asked()).toContain("page.html");
    expect([packets(), await questionsForNames()]).toEqual(before);
    // So that these counts would show it.
    await sh("getent hosts example.org; timeout 1 bash -c 'echo > /dev/tcp/192.0.2.1/80'");
    expect(packets()).not.toEqual(before[0] as number[]);
    expect(await questionsForNames()).not.toBe(before[1] as string);
  });

  test("without the browser's SDK there is no managed server: a learner may add her own", async () => {
    const plain = await dockerSeats([1], { settings: smallSeats(docker) }, undefined, undefined, undefined, PLAIN);
    expect((await plain.sh(1, "ls /etc/claude-code")).stdout).toBe("managed-settings.json\n");
    await plain.remove();
  });
});
