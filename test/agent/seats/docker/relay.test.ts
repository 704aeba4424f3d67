import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { RELAY_PORT } from "../../../../agent/contract/llm.ts";
import type { MachineDocument } from "../../../../agent/contract/machine.ts";
import { upstreamOf } from "../../../../agent/contract/upstream.ts";
import { relayEnvironment } from "../../../../agent/relay/environment.ts";
import { openRelay, type Relay } from "../../../../agent/relay/relay.ts";
import { openTokens } from "../../../../agent/relay/tokens.ts";
import { DockerClient } from "../../../../agent/seats/docker/client/client.ts";
import { runToEnd } from "../../../../agent/seats/docker/container/programs.ts";
import { seatObject } from "../../../../agent/seats/docker/names.ts";
import { type DockerSeats, dockerSeats } from "../../../support/docker-seats.ts";
import { canRunDocker, type PrivateDocker, smallSeats, startDocker } from "../../../support/dockerd.ts";
import { KEY, putKey } from "../../../support/relay.ts";
import { until } from "../../../support/until.ts";
import { echoes, says, saysWhen, startUpstream, type TestUpstream } from "../../../support/upstream.ts";

const ask = (token = '"$ANTHROPIC_AUTH_TOKEN"') =>
  `curl -si "$ANTHROPIC_BASE_URL/v1/messages" -H x-api-key:${token} -d '{"model":"claude-haiku-4-5","stream":true}'`;

describe.skipIf(!canRunDocker)("the way to Claude out of a container (needs root, dockerd, iptables)", () => {
  let docker: PrivateDocker;
  let seats: DockerSeats;
  let relay: Relay;
  let upstream: TestUpstream;
  const tokens = openTokens(randomBytes(32), "ws-test");
  const trouble: unknown[] = [];
  const document = { phase: "running", seats: [1, 2].map((seat) => ({ seat, generation: 1, freshSince: 1 })) } as MachineDocument;

  beforeAll(async () => {
    docker = await startDocker();
    upstream = startUpstream();
    const environment = (seat: number, port: number) => relayEnvironment(port, tokens.of(seat, 1));
    seats = await dockerSeats([1, 2], { settings: smallSeats(docker) }, undefined, undefined, environment);
    relay = openRelay({
      ...{ directory: seats.directory, tokens, document: () => document, open: () => true, changed: () => {} },
      upstream: { ...upstreamOf(upstream.url), needsKey: true },
      trouble: (error) => trouble.push(error),
    });
    for (const seat of [1, 2]) relay.openSeat(await seats.seat(seat));
    await putKey(relay);
  });
  afterAll(async () => {
    await relay?.close();
    await seats?.remove();
    await docker?.stop();
    await upstream?.end();
  });

  /** As root inside: without a capability, but with every file that belongs to it. */
  async function asRoot(line: string): Promise<string> {
    const container = seatObject(seats.machine, 1);
    const inside = { docker: new DockerClient(docker.socket), container, uid: 0 };
    return (await runToEnd(inside, ["bash", "-c", `exec 2>&1; ${line}`])).stdout;
  }

  test("a seat's programs reach it on their own localhost; a token of the neighbour, or from outside, opens nothing", async () => {
    expect(trouble).toEqual([]);
    expect((await seats.sh(1, "echo $ANTHROPIC_BASE_URL")).stdout.trim()).toBe(`http://127.0.0.1:${RELAY_PORT}`);
    upstream.behave(says(["I am ", "here."], { inputTokens: 7 }));
    const answer = (await seats.sh(1, ask())).stdout;
    expect(answer).toStartWith("HTTP/1.1 200 OK");
    expect(answer).toContain('"here."');
    expect((await seats.sh(2, ask())).stdout).toStartWith("HTTP/1.1 200 OK");
    expect(relay.own(1)).toMatchObject({ requests: 1, inputTokens: 7 });
    expect((await seats.sh(1, ask(tokens.of(2, 1)))).stdout).toStartWith("HTTP/1.1 401");
    expect((await seats.sh(1, ask("nothing"))).stdout).toStartWith("HTTP/1.1 401");
    expect(fetch(`http://127.0.0.1:${RELAY_PORT}/v1/models`)).rejects.toThrow();
    expect(statSync(join(seats.directory, "relay")).mode & 0o777).toBe(0o700);
  });

  test("the key is nowhere in a seat: not for the learner, not for root, not in what Docker knows, not in an answer that echoes it", async () => {
    for (const status of [200, 401, 500]) {
      upstream.behave(echoes(status));
      expect((await seats.sh(1, ask())).stdout).not.toContain(KEY);
      expect(upstream.got.at(-1)?.headers.get("x-api-key")).toBe(KEY);
    }
    // The search's own line must not be what it finds.
    const search = `k=${KEY.slice(0, 20)}; k=$k${KEY.slice(20)}; grep -lsaF -- "$k" /proc/[0-9]*/{environ,maps,status}; grep -rlsaF --exclude-dir=proc --exclude-dir=sys -- "$k" /home /workspace /tmp /run /etc /var /opt /usr/local; echo searched`;
    expect((await seats.sh(1, search)).stdout).toBe("searched\n");
    expect(await asRoot(search)).toBe("searched\n");
    const found = await new DockerClient(docker.socket).inspectContainer(seatObject(seats.machine, 1));
    expect(JSON.stringify(found)).not.toContain(KEY);
  });

  test("who doesn't read holds the upstream back, not the agent's memory; who leaves ends it", async () => {
    const piece = "x".repeat(64 * 1024);
    let said = 0;
    upstream.behave(saysWhen(async () => (said++ < 8000 ? piece : undefined)));
    const handle = await seats.seat(1);
    const before = process.memoryUsage.rss();
    const slow = new AbortController();
    const reading = handle
      .exec(["bash", "-c", `${ask()} --limit-rate 100k >/dev/null`], { signal: slow.signal })
      .catch(() => undefined);
    await until("it to begin", () => said > 0);
    let [last, same] = [-1, 0];
    await until("the upstream to be held back", () => {
      same = said === last ? same + 1 : 0;
      last = said;
      return same > 20;
    });
    expect(said).toBeLessThan(1000);
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 2 ** 20);
    slow.abort();
    await reading;
    await until("the upstream to hear of it", () => upstream.got.at(-1)?.gone.aborted);
  });

  test("a shell that was there before knows the way too; after the stop nothing answers, and no learner can take its place", async () => {
    await seats.sh(2, "tmux -u new-session -d -s main; tmux set-environment -gu ANTHROPIC_AUTH_TOKEN");
    const pty = await (await seats.seat(2)).attach({ cols: 80, rows: 24 });
    pty.onData(() => {});
    await until("tmux to be told", async () =>
      (await seats.sh(2, "tmux show-environment -g ANTHROPIC_AUTH_TOKEN")).stdout.includes(tokens.of(2, 1)),
    );
    pty.close();
    await relay.closeSeat(1);
    expect((await seats.sh(1, ask())).stdout).not.toContain("HTTP/1.1");
    const take = `python3 -c 'import socket; socket.socket().bind(("127.0.0.1", ${RELAY_PORT}))' || perl -MIO::Socket::INET -e 'IO::Socket::INET->new(LocalAddr=>"127.0.0.1:${RELAY_PORT}",Listen=>1) or die "$!"'`;
    expect((await seats.sh(1, take)).stdout).toContain("Permission denied");
  });
});
