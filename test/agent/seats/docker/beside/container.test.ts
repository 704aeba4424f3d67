import { expect, test } from "bun:test";
import { createSocket } from "node:dgram";
import { type BesideContainer, besideOf } from "../../../../../agent/seats/docker/beside/container.ts";
import { requireFreePort } from "../../../../../agent/seats/docker/beside/taken.ts";
import { accountsBeside, accountsWith } from "../../../../../agent/seats/docker/container/accounts.ts";
import { seatPaths } from "../../../../../agent/seats/docker/names.ts";
import { DOCKER_DEFAULTS } from "../../../../../agent/seats/docker/settings.ts";

const wish: BesideContainer = {
  ...{ machine: "clarateach-ws-abc", seat: 4, uid: 1_878_917_122, server: 1_878_917_121, processors: 8 },
  ...{ paths: seatPaths("/m", 4), device: "/dev/loop7", settings: DOCKER_DEFAULTS, timeZone: "Europe/Berlin" },
  ...{ resolvConf: "/m/docker/resolv.conf", image: "sha256:1", env: { NEKO_SESSION_API_TOKEN: "secret" }, files: [] },
};
type Host = Record<string, unknown> & { Mounts: { Source: string; Target: string; ReadOnly?: boolean }[] };
const host = (more: Partial<BesideContainer> = {}) => besideOf({ ...wish, ...more }).HostConfig as Host;

test("it is in the seat's network, and has the seat's work, home and run directory; of the machine nothing else that may be written", () => {
  expect(host().NetworkMode).toBe("container:clarateach-ws-abc-seat-04");
  expect(
    host()
      .Mounts.filter(({ ReadOnly }) => !ReadOnly)
      .map(({ Source, Target }) => `${Source} ${Target}`),
  ).toEqual([
    "/m/seats/04/inner/workspace /workspace",
    "/m/seats/04/inner/workspace /project",
    "/m/seats/04/inner/home /home/learner",
    "/m/seats/04/inner/run /run/clarateach",
  ]);
  expect(host().ReadonlyRootfs).toBe(true);
});

test("it has what its first process needs to start others as whom they shall be, and no more; nobody gains anything", () => {
  expect([host().CapDrop, host().CapAdd]).toEqual([["ALL"], ["SETUID", "SETGID", "KILL", "NET_BIND_SERVICE"]]);
  expect((host().SecurityOpt as string[])[0]).toBe("no-new-privileges");
  expect((host().SecurityOpt as string[])[1]).toStartWith("seccomp={");
  expect(host().Privileged).toBe(false);
});

test("it has limits of its own, no more processors than there are, and is found as beside a seat, not as one", () => {
  expect([host().Memory, host().MemorySwap, host().PidsLimit]).toEqual([1280 * 1024 ** 2, 1280 * 1024 ** 2, 512]);
  expect([host().NanoCpus, host({ processors: 1 }).NanoCpus]).toEqual([2e9, 1e9]);
  expect(besideOf(wish).Labels).toEqual({ "clarateach.machine": "clarateach-ws-abc", "clarateach.beside": "4" });
});

test("who serves in it is nobody of the seat's, whatever the image says of either", () => {
  const image = {
    passwd: "root:x:0:0::/root:/bin/sh\nneko:x:1000:1000::/home/neko:/bin/bash\nlearner:x:7:7::/:/bin/sh\n",
    group: "neko:x:1000:\n",
  };
  const { passwd, group } = accountsBeside(accountsWith(image, 500), 499);
  expect(passwd.trim().split("\n")).toEqual([
    "root:x:0:0::/root:/bin/sh",
    "learner:x:500:500::/home/learner:/bin/bash",
    "neko:x:499:499::/run/neko:/bin/sh",
  ]);
  expect(group.trim().split("\n")).toEqual(["learner:x:500:", "neko:x:499:"]);
});

/** A socket that waits at a port of the kernel's choice. */
async function waiting() {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return { port: socket.address().port, close: () => new Promise<void>((resolve) => socket.close(resolve)) };
}

test("a port is taken by who stays there, not by who asks a name server by it meanwhile", async () => {
  const [asks, stays] = [await waiting(), await waiting()];
  await requireFreePort("clarateach-ws-abc", asks.port, asks.close);
  await expect(requireFreePort("clarateach-ws-abc", stays.port, async () => {})).rejects.toThrow("a program of this machine's");
  await stays.close();
});
