import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { $ } from "bun";
import { BESIDE_LABEL, besideName, MACHINE_LABEL, seatObject } from "../../../../../agent/seats/docker/names.ts";
import { chainOf } from "../../../../../agent/seats/docker/network/firewall-rules.ts";
import type { BesideRunning } from "../../../../../agent/seats/seat.ts";
import { BESIDE_IMAGE, haveBesideImage } from "../../../../support/beside.ts";
import { type DockerSeats, dockerSeats } from "../../../../support/docker-seats.ts";
import { canRunDocker, type PrivateDocker, smallSeats, startDocker } from "../../../../support/dockerd.ts";
import { type Outside, startOutside } from "../../../../support/outside.ts";
import { until } from "../../../../support/until.ts";
import { ask } from "../../../../support/walled.ts";

const [PORT, MACHINE, STRANGER] = [52_001, "198.51.100.1", "198.51.100.10"];
/** With nothing of the container's own environment. */
const AS_LEARNER = ["env", "-i", "/usr/bin/setpriv", "--reuid=learner", "--clear-groups"];
const NEKO = { image: BESIDE_IMAGE, ports: 52_000, iceServers: [] };

describe.skipIf(!canRunDocker)("a container beside a seat's (needs root, dockerd, iptables)", () => {
  let docker: PrivateDocker;
  let outside: Outside;
  let seats: DockerSeats;
  let network: string;
  beforeAll(async () => {
    docker = await startDocker();
    outside = await startOutside();
    network = `/var/run/netns/${(await $`ip -br link show`.text()).match(/^(out[0-9a-f]{6})@/m)?.[1]}`;
    await haveBesideImage(docker.docker, docker.image);
    const settings = { ...smallSeats(docker), neko: NEKO, outbound: { policy: "none" } as const };
    seats = await dockerSeats([1, 2], { settings, upstream: outside.upstream });
  });
  afterAll(async () => {
    await seats?.remove();
    await outside?.stop();
    await docker?.stop();
  });

  const start = async (
    seat: number,
    more: { image?: string; media?: number; signal?: AbortSignal } = {},
  ): Promise<BesideRunning> => {
    const media = more.media ?? 52_000 + seat;
    const wish = {
      image: BESIDE_IMAGE,
      signal: new AbortController().signal,
      ...more,
      media,
      env: { MEDIA: `${media}`, SECRET: "hush" },
    };
    const started = await (await seats.seat(seat)).beside?.(wish);
    if (!started) throw new Error("seats in containers have it");
    await until("it to listen", async () => (await seats.sh(seat, "curl -s -m 2 http://127.0.0.1:51/")).stdout === "beside");
    return started;
  };
  const call = (port = PORT) => ask({ network, from: [STRANGER, 0], to: [MACHINE, port] });
  const besides = () => docker.docker.listContainers({ [MACHINE_LABEL]: seats.machine, [BESIDE_LABEL]: "1" });
  const rules = async () =>
    (await $`iptables-save`.text())
      .split("\n")
      .filter((line) => line.startsWith(`-A ${chainOf(seats.machine)}-M`) && line.includes(` ${PORT} `));
  const isOver = async (over: BesideRunning) => {
    await over.exited;
    expect([await besides(), await rules(), await call()]).toEqual([[], [], "silence"]);
  };

  test("it answers on the seat's localhost where no learner's program can, and strangers by its port, of its seat alone; policy none is no reason", async () => {
    const running = await start(1);
    expect([await call(), await call(52_002)]).toEqual(["video", "silence"]);
    expect((await seats.sh(2, "curl -sS -m 2 http://127.0.0.1:51/")).stdout).toContain("Failed to connect");
    expect((await seats.sh(1, `/usr/bin/python3 -c 'import socket;socket.socket().bind(("127.0.0.1",50))'`)).stdout).toContain(
      "Permission denied",
    );
    running.kill();
    await isOver(running);
  });

  test("its programs are the seat's learner, who has the work, and somebody else, whose secrets she doesn't see; she sees none of its programs", async () => {
    const running = await start(1);
    const seat = await seats.seat(1);
    await until("its learner's file", async () => (await seats.sh(1, "cat /workspace/beside")).stdout === "learner\n");
    expect((await stat(join(seat.workspace, "beside"))).uid).toBe(seat.owner.uid);
    expect((await seats.sh(1, "ps axo args; env; cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'")).stdout).not.toMatch(
      /hush|python3 -uc/,
    );
    const [container] = await besides();
    const own = container && (await docker.docker.inspectContainer(container.Id));
    expect(own?.HostConfig).toMatchObject({ Memory: 1280 * 1024 ** 2, PidsLimit: 512 });
    // As root, and in a directory in which no learner leaves anything that it would read.
    expect(
      (await running.exec(["sh", "-c", "id -u; pwd; touch /etc/x 2>&1; grep -h NoNewPrivs /proc/self/status"])).stdout,
    ).toMatch(/^0\n\/\n.*Read-only file system\nNoNewPrivs:\t1\n$/);
    expect((await running.exec(["sh", "-c", "cat /proc/*/environ | tr '\\0' '\\n' | grep -c ^SECRET=hush"])).code).toBe(0);
    expect((await running.exec([...AS_LEARNER, "sh", "-c", "grep -l hush /proc/*/environ"])).stdout).toBe("");
    running.kill();
    expect(await running.exited).toBe(7);
  });

  test("a second one ends the first; aborting ends it, and so does its own end", async () => {
    const first = await start(1);
    const stop = new AbortController();
    const second = await start(1, { signal: stop.signal });
    await first.exited;
    expect([await call(), (await besides()).length]).toEqual(["video", 1]);
    stop.abort();
    await isOver(second);
    const third = await start(1);
    await third.exec(["kill", "-TERM", "1"]);
    await isOver(third);
    const aborted = new AbortController();
    const starting = start(1, { signal: aborted.signal }).catch((error: Error) => error.name);
    aborted.abort();
    expect(await starting).toBe("AbortError");
    expect([await besides(), await rules()]).toEqual([[], []]);
  });

  test("without its image, or with a port that is somebody's, it is said why and what helps, and nothing is left", async () => {
    await expect(start(1, { image: "clarateach/absent:1" })).rejects.toThrow(
      /"clarateach\/absent:1" of live video isn't on this machine.*docker load/,
    );
    await expect(start(1, { image: "registry.invalid/neko:1" })).rejects.toThrow(
      /"registry\.invalid\/neko:1" of live video isn't on this machine/,
    );
    const other = await Bun.udpSocket({ hostname: "0.0.0.0", port: PORT });
    await expect(start(1)).rejects.toThrow(
      /Port 52001 of this machine.*is a program of this machine's\. Set CLARATEACH_NEKO_PORTS/,
    );
    other.close();
    await $`iptables -t nat -N CT-of-tests; iptables -t nat -A CT-of-tests -p udp --dport ${PORT} -j DNAT --to-destination 10.0.0.1:${PORT}`;
    await expect(start(1)).rejects.toThrow(/Port 52001 of this machine.*is another class's/);
    await $`iptables -t nat -F CT-of-tests; iptables -t nat -X CT-of-tests`;
    expect([await besides(), await rules()]).toEqual([[], []]);
  });

  test("it goes with its seat: when that is made again, stopped, or ended by somebody; the seat beside it goes on", async () => {
    const neighbours = await start(2);
    for (const action of ["restore", "stop"] as const) {
      const running = await start(1);
      const [change] = await seats.manager.ask([1], { action });
      const id = String(change?.id);
      await until(
        `the seat to be through with "${action}"`,
        () => seats.manager.changes("all").find((one) => one.id === id)?.endedAt,
      );
      await isOver(running);
      if (action === "stop") await seats.manager.ask([1], { action: "start" });
      await seats.seat(1);
    }
    const running = await start(1);
    await $`DOCKER_HOST=unix://${docker.socket} docker kill ${seatObject(seats.machine, 1)}`.quiet();
    await isOver(running);
    await seats.seat(1);
    expect(await call(52_002)).toBe("video");
    neighbours.kill();
    await neighbours.exited;
  });

  test("an agent that starts after one was killed ends what that left, and shuts its port", async () => {
    await start(1);
    const name = besideName(seatObject(seats.machine, 1));
    await seats.reopen(async () => {
      await until("the one that left to be through", async () => !(await docker.docker.inspectContainer(name)));
      // As one would lie there whose agent had no time for anything.
      const id = await docker.docker.createContainer(name, {
        ...{ Image: BESIDE_IMAGE, User: "0:0", WorkingDir: "/", Env: [`MEDIA=${PORT}`] },
        ...{ Labels: { [MACHINE_LABEL]: seats.machine, [BESIDE_LABEL]: "1" } },
        HostConfig: { NetworkMode: `container:${seatObject(seats.machine, 1)}` },
      });
      await docker.docker.startContainer(id);
      await $`iptables -t nat -A ${chainOf(seats.machine)}-M -p udp --dport ${PORT} -j DNAT --to-destination 10.222.0.2:${PORT}`;
      expect(await rules()).toHaveLength(1);
    });
    expect([await besides(), await rules()]).toEqual([[], []]);
    const running = await start(1);
    expect(await call()).toBe("video");
    // What looks after the firewall keeps it.
    await $`iptables -t nat -F ${chainOf(seats.machine)}-M`;
    await until("it to be open again", async () => (await call()) === "video");
    running.kill();
    await isOver(running);
  });
});
