import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { $ } from "bun";
import { onHost } from "../../../../../agent/seats/docker/host-programs.ts";
import { dotted, rangeOf } from "../../../../../agent/seats/docker/network/addresses.ts";
import { rangeOfTenant } from "../../../../../agent/seats/docker/network/block.ts";
import { removeFirewall } from "../../../../../agent/seats/docker/network/firewall.ts";
import { chainOf } from "../../../../../agent/seats/docker/network/firewall-rules.ts";
import { silencing } from "../../../../../agent/seats/docker/network/media-rules.ts";
import { Wall } from "../../../../../agent/seats/docker/network/wall.ts";
import { DOCKER_DEFAULTS, type Outbound } from "../../../../../agent/seats/docker/settings.ts";
import { keeperOf, uidOf } from "../../../../../agent/seats/docker/uid.ts";
import { canRunDocker } from "../../../../support/dockerd.ts";
import { type Outside, startOutside } from "../../../../support/outside.ts";
import { ask, caller, type Echo, echo, type WalledNetwork, walledNetwork } from "../../../../support/walled.ts";

const BLOCK = rangeOf("10.222.254.64/26");
/** A whole class may be in a private network, as this one's neighbours are. */
const NEIGHBOUR = "172.30.0.7";
const METADATA = "169.254.169.254";
/** Of the machine, as strangers know it. */
const MACHINE = "198.51.100.1";
const STRANGER = "198.51.100.10";
const [PORT, OTHER_PORT] = [52_001, 52_002];
const seatAddress = (seat: number) => dotted(rangeOfTenant(BLOCK, seat).first + 2);
const learner = uidOf(BLOCK, 1);
const silence = "silence";

describe.skipIf(!canRunDocker)("a seat's port that is open to strangers (needs root, iptables)", () => {
  const machine = `clarateach-ws-${Bun.randomUUIDv7().slice(-6)}`;
  const wallFor = (outbound: Outbound) => new Wall(machine, { ...DOCKER_DEFAULTS, outbound }, async () => BLOCK);
  let outside: Outside;
  let stranger: string;
  const seats: WalledNetwork[] = [];
  const servers: Echo[] = [];
  beforeAll(async () => {
    outside = await startOutside([NEIGHBOUR, METADATA]);
    stranger = `/var/run/netns/${(await $`ip -br link show`.text()).match(/^(out[0-9a-f]{6})@/m)?.[1]}`;
    for (const seat of [1, 2]) seats.push(await walledNetwork(machine, seat, BLOCK));
    const [one, two] = seats;
    await onHost("silence the learner", ["nsenter", `--net=${one?.network}`, "iptables-restore", "-w"], silencing(PORT, learner));
    const beside = keeperOf(BLOCK, 1);
    servers.push(await echo({ ...one, uid: beside, port: PORT, said: "video" }));
    servers.push(await echo({ ...one, uid: beside, port: OTHER_PORT, said: "another port of the same seat" }));
    for (const port of [PORT, OTHER_PORT]) servers.push(await echo({ ...two, port, said: "another seat" }));
    // Whom a seat would reach there: something that answers.
    for (const network of [stranger, undefined])
      servers.push(await echo({ ...(network && { network }), port: 7000, said: "reached" }));
  });
  afterAll(async () => {
    for (const server of servers) await server.stop();
    await removeFirewall(machine);
    for (const seat of seats) await seat.remove();
    await outside?.stop();
  });

  const call = (to: string, port: number, by?: "udp" | "tcp", from: [string, number] = [STRANGER, 0]) =>
    ask({ network: stranger, from, to: [to, port], ...(by && { by }) });
  const fromSeat = (to: string, port: number, more: object = {}) =>
    ask({ network: seats[0]?.network ?? "", uid: keeperOf(BLOCK, 1), from: ["0.0.0.0", 0], to: [to, port], ...more });

  test("strangers reach it only while it is open, and it alone: neither another port, nor another seat, nor the seat by its own address", async () => {
    const wall = wallFor({ policy: "open" });
    await wall.raise();
    expect(await Promise.all([call(MACHINE, PORT), call(MACHINE, PORT, "tcp")])).toEqual([silence, silence]);
    await wall.openPort(1, PORT);
    expect(await Promise.all([call(MACHINE, PORT), call(MACHINE, PORT, "tcp")])).toEqual(["video", "video"]);
    await $`ip -n ${stranger.split("/").at(-1)} route replace 10.222.254.64/26 via ${MACHINE}`.quiet();
    const others = [
      ...[
        call(MACHINE, OTHER_PORT),
        call(MACHINE, OTHER_PORT, "tcp"),
        call(seatAddress(1), PORT),
        call(seatAddress(1), PORT, "tcp"),
      ],
      ...[call(seatAddress(1), OTHER_PORT), call(seatAddress(2), PORT), call(seatAddress(2), OTHER_PORT)],
    ];
    expect(await Promise.all(others)).toEqual(others.map(() => silence));
    await wall.shutPort(1);
    expect(await Promise.all([call(MACHINE, PORT), call(MACHINE, PORT, "tcp")])).toEqual([silence, silence]);
  });

  test("a browser on the machine itself reaches it by the machine's address", async () => {
    const wall = wallFor({ policy: "open" });
    await wall.openPort(1, PORT);
    expect(await Promise.all([ask({ to: [MACHINE, PORT] }), ask({ to: [MACHINE, PORT], by: "tcp" })])).toEqual([
      "video",
      "video",
    ]);
    await wall.shutPort(1);
    expect(await ask({ to: [MACHINE, PORT] })).toBe(silence);
  });

  test("one who was in is out when it is shut, though the kernel still knows the connection", async () => {
    const wall = wallFor({ policy: "open" });
    await wall.openPort(1, PORT);
    const viewer = caller({ network: stranger, from: [STRANGER, 40_000], to: [MACHINE, PORT] });
    expect(await viewer.again()).toBe("video");
    await wall.shutPort(1);
    expect(await viewer.again()).toBe(silence);
    expect(await readFile("/proc/net/nf_conntrack", "utf8")).toContain("sport=40000 dport=52001");
    await wall.openPort(1, PORT);
    expect(await viewer.again()).toBe("video");
    viewer.stop();
    await wall.shutPort(1);
  });

  test.each([{ policy: "open" }, { policy: "none" }, { policy: "names", names: ["allowed.test"] }] as Outbound[])(
    "policy $policy: a neighbour who calls is answered, and nothing is sent there from the open port that nobody called for",
    async (outbound) => {
      const wall = wallFor(outbound);
      await wall.openPort(1, PORT);
      expect(await call(MACHINE, PORT, "udp", [NEIGHBOUR, 0])).toBe("video");
      expect(await call(MACHINE, PORT, "tcp", [NEIGHBOUR, 0])).toBe("video");
      await servers[0]?.stop();
      // By the very user of the container beside: also one who got hold of that begins nothing.
      const from = { from: ["0.0.0.0", PORT] };
      const nowhere = [NEIGHBOUR, METADATA, MACHINE, seatAddress(2), ...(outbound.policy === "open" ? [] : [STRANGER])];
      const said = nowhere.map((to) => fromSeat(to, to === seatAddress(2) ? PORT : 7000, from));
      said.push(fromSeat(NEIGHBOUR, 7000, { ...from, by: "tcp" }), fromSeat(MACHINE, 7000, { ...from, by: "tcp" }));
      expect(await Promise.all(said)).toEqual(said.map(() => silence));
      servers[0] = await echo({ ...seats[0], uid: keeperOf(BLOCK, 1), port: PORT, said: "video" });
      await wall.shutPort(1);
    },
  );

  test("metadata is never answered, whoever calls from its address", async () => {
    const wall = wallFor({ policy: "open" });
    await wall.openPort(1, PORT);
    expect(await call(MACHINE, PORT, "udp", [METADATA, 0])).toBe(silence);
    await wall.shutPort(1);
  });

  test("a learner's own program that has the port, before the container or when that ended, answers nobody and calls nobody from there", async () => {
    const wall = wallFor({ policy: "open" });
    await wall.openPort(1, PORT);
    await servers[0]?.stop();
    const hers = await echo({ ...seats[0], uid: learner, port: PORT, said: "hers" });
    expect(await Promise.all([call(MACHINE, PORT), call(MACHINE, PORT, "tcp")])).toEqual([silence, silence]);
    await hers.stop();
    const asked = { uid: learner, from: ["0.0.0.0", PORT] };
    expect(await Promise.all([fromSeat(STRANGER, 7000, asked), fromSeat(STRANGER, 7000, { uid: learner })])).toEqual([
      silence,
      "reached",
    ]);
    servers[0] = await echo({ ...seats[0], uid: keeperOf(BLOCK, 1), port: PORT, said: "video" });
    await wall.shutPort(1);
  });

  test("somebody flushes the firewall: it is open again once it is mended; an agent that starts after one was killed has none open", async () => {
    const wall = wallFor({ policy: "none" });
    await wall.openPort(1, PORT);
    await $`iptables -t nat -F ${chainOf(machine)}-M`;
    expect(await call(MACHINE, PORT)).toBe(silence);
    await wall.mend();
    expect(await call(MACHINE, PORT)).toBe("video");
    const successor = wallFor({ policy: "none" });
    await successor.raise();
    expect(await call(MACHINE, PORT)).toBe(silence);
    expect(await $`iptables-save`.text()).not.toContain(`dport ${PORT}`);
  });

  test("a flood of calls is cut to what a viewer never needs, so that the machine's kernel remembers few of them", async () => {
    const wall = wallFor({ policy: "open" });
    await wall.openPort(1, PORT);
    const flood = `import socket
for port in range(20000,24000):
  s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.bind(("${STRANGER}",port)); s.sendto(b"?",("${MACHINE}",${PORT})); s.close()`;
    await $`nsenter --net=${stranger} python3 -c ${flood}`.quiet();
    const known = (await readFile("/proc/net/nf_conntrack", "utf8")).split(`src=${STRANGER} dst=${MACHINE}`).length - 1;
    expect(known).toBeGreaterThan(20);
    expect(known).toBeLessThan(600);
    await wall.shutPort(1);
  });
});
