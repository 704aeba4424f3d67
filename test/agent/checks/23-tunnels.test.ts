/** Tunnels: between a machine and what runs on a seat's own localhost. */
import { describe, expect, test } from "bun:test";
import { $ } from "bun";
import type { Problem } from "../../../agent/contract/errors.ts";
import { CATALOGUE } from "../../../agent/definition/catalogue.ts";
import { readDefinition } from "../../../agent/definition/definition.ts";
import type { ConnectAsk } from "../../../agent/seats/asks.ts";
import { seatObject } from "../../../agent/seats/docker/names.ts";
import { canRunDocker } from "../../support/dockerd.ts";
import { type Layered, layeredMachines, writeDefinition } from "../../support/layered.ts";
import { until } from "../../support/until.ts";

/** Of two that follow each other: the second seat has the next one. */
function freePorts(): number {
  for (;;) {
    const first = Bun.listen({ hostname: "0.0.0.0", port: 0, socket: { data() {} } });
    first.stop(true);
    try {
      Bun.listen({ hostname: "0.0.0.0", port: first.port + 1, socket: { data() {} } }).stop(true);
      return first.port;
    } catch {
      // Somebody has it.
    }
  }
}

const tunnel = (endpoint: string | number) => `{interface: tunnel, endpoint: "${endpoint}"}`;
const ends = (all: Readonly<Record<string, string>>) =>
  Object.entries(all)
    .map(([name, end]) => `${name}: ${end}`)
    .join(", ");

const SDK = {
  "sdk.yaml": `name: a
plugs: {${ends({ db: tunnel(5432), names: tunnel("5353/udp"), sock: tunnel("/workspace/db.sock") })}}
slots: {${ends({ web: tunnel(3000), open: tunnel(3000), ask: tunnel("3053/udp") })}}
`,
};

describe.skipIf(!canRunDocker)("check 23 (needs root, dockerd, iptables)", () => {
  const machines = layeredMachines();

  interface Tunnelled extends Layered {
    ports: Record<"web" | "open" | "ask", number>;
    behind: number;
  }
  async function made(numbers: readonly number[]): Promise<Tunnelled> {
    const machine = await machines.make();
    const [ports, behind] = [{ web: freePorts(), open: freePorts(), ask: freePorts() }, freePorts()];
    const plugs = {
      web: tunnel(ports.web),
      open: tunnel(`0.0.0.0:${ports.open}`),
      ask: tunnel(`${ports.ask}/udp`),
    };
    const system = `    plugs: {${ends(plugs)}}\n    slots: {${ends({ db: tunnel(behind), names: tunnel(`${behind}/udp`), sock: tunnel(behind) })}}\n`;
    const { definition = "" } = await writeDefinition(machine.directory, { a: SDK });
    const whole = definition.replace("    source: system\n", `    source: system\n${system}`);
    await machine.want(numbers, { a: SDK }, { definition: whole });
    for (const seat of numbers) await machine.ready(seat);
    return Object.assign(machine, { ports, behind });
  }
  const says = async (machine: Layered, command: string, seat = 1) =>
    (await (await machine.ready(seat)).exec(["bash", "-c", `exec 2>&1; ${command}`])).stdout;
  const serve = (machine: Layered, seat: number) =>
    says(
      machine,
      "hostname >/tmp/name; setsid -f python3 -m http.server --bind 127.0.0.1 --directory /tmp 3000 >/dev/null; until curl -so /dev/null http://127.0.0.1:3000; do sleep 0.1; done",
      seat,
    );
  /** Without whatever proxy this computer has. */
  const page = async (port: number, host = "127.0.0.1") => {
    const { stdout, exitCode } = await $`curl -s --noproxy "*" http://${host}:${port}/name`.quiet().nothrow();
    return exitCode === 0 ? stdout.toString() : "nothing";
  };
  async function connect(machine: Layered, ask: Pick<ConnectAsk & { action: "connect" }, "plug" | "slot">): Promise<void> {
    await machine.manager.ask([1], { action: "connect", ...ask });
    const { status, error } = await machine.ended("connect");
    expect([status, error]).toEqual(["done", undefined]);
  }
  const refused = (machine: Layered, ask: Pick<ConnectAsk & { action: "connect" }, "plug" | "slot">): Promise<string> =>
    machine.manager.ask([1], { action: "connect", ...ask }).then(
      () => "nothing",
      ({ code, message }: Problem) => `${code}: ${message}`,
    );

  test("a service on the seat's localhost answers at the machine's port, each seat's at its own; one open to others is connected by hand", async () => {
    const machine = await made([1, 2]);
    const { web, open } = machine.ports;
    await Promise.all([1, 2].map((seat) => serve(machine, seat)));
    expect(await page(web)).toBe("seat-01\n");
    expect(await page(web + 1)).toBe("seat-02\n");
    const { established, warnings } = await machine.manager.connections(1);
    expect(established.map(({ plug }) => plug).sort()).toEqual(["system:ask", "system:web"]);
    expect(warnings).toEqual([
      expect.stringContaining("system:open isn't connected: it would be open to others than this machine"),
    ]);
    expect(await page(open)).toBe("nothing");
    const told = machine.manager.warnings.all().map(({ seat, message }) => `${seat} ${message}`);
    expect(told.sort()).toEqual([1, 2].map((seat) => `${seat} ${warnings[0]}`));

    await connect(machine, { plug: "system:open", slot: "a:open" });
    expect(await page(open)).toBe("seat-01\n");
    // Another address than the one that the others listen at.
    expect([await page(open, "127.0.0.2"), await page(web, "127.0.0.2")]).toEqual(["seat-01\n", "nothing"]);
    await machine.manager.ask([1], { action: "disconnect", plug: "system:open", slot: "a:open" });
    expect((await machine.ended("disconnect")).status).toBe("done");
    expect(await page(open)).toBe("nothing");
    expect(await page(web)).toBe("seat-01\n");
  });

  test("datagrams answer too; out of the seat a person connects, to a port or by a socket among the learner's files", async () => {
    const machine = await made([1]);
    const behind = Bun.serve({ hostname: "127.0.0.1", port: machine.behind, fetch: () => new Response("the machine's\n") });
    try {
      const asks = `python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 3053)); open("/tmp/bound", "w")
while True:
  word, peer = s.recvfrom(100); s.sendto(b"heard " + word, peer)'`;
      await says(machine, `setsid -f ${asks} >/dev/null 2>&1; until [ -e /tmp/bound ]; do sleep 0.1; done`);
      let heard = "";
      const socket = await Bun.udpSocket({
        connect: { hostname: "127.0.0.1", port: machine.ports.ask },
        socket: {
          data: (_socket, bytes) => {
            heard = bytes.toString();
          },
          error() {},
        },
      });
      await until("an answer", () => socket.send("x") && heard !== "");
      expect(heard).toBe("heard x");
      socket.close();

      expect(await says(machine, "curl -sS http://127.0.0.1:5432")).toContain("onnect");
      await connect(machine, { plug: "a:db", slot: "system:db" });
      expect(await says(machine, "curl -sS http://127.0.0.1:5432")).toBe("the machine's\n");
      await connect(machine, { plug: "a:sock", slot: "system:sock" });
      expect(await says(machine, "stat -c %U /workspace/db.sock; curl -sS --unix-socket /workspace/db.sock http://x")).toBe(
        "learner\nthe machine's\n",
      );
      expect(await page(machine.ports.web)).toBe("nothing");
    } finally {
      await behind.stop(true);
    }
  });

  test("who has the port is said before anything is done; a seat whose container ends closes what comes at once, and has it again when it is back", async () => {
    const machine = await made([1]);
    const { web, open } = machine.ports;
    const program = Bun.listen({ hostname: "127.0.0.1", port: open, socket: { data() {} } });
    expect(await refused(machine, { plug: "system:open", slot: "a:open" })).toMatch(
      /^INVALID_INPUT: system:open isn't connected: Port \d+ of this machine is taken by ClaraTeach itself\. End that/,
    );
    program.stop(true);
    await serve(machine, 1);
    expect(await page(web)).toBe("seat-01\n");
    await machines.docker.docker.stopContainer(seatObject(machine.machine, 1));
    expect(await page(web)).toBe("nothing");
    await until("the seat to be back", async () => {
      await serve(machine, 1).catch(() => {});
      return (await page(web)) === "seat-01\n";
    });
  });
});

test("check 23: a port below 1024 of the machine is refused where the definition asks for it", () => {
  const text = `name: own\nbase: debian@12\nsdks:\n  - {name: system, plugs: {low: ${tunnel(80)}}}\n`;
  const problems = readDefinition(text, CATALOGUE).problems ?? [];
  expect(problems.map(({ message }) => message)).toEqual([
    "system:low would listen on port 80 of the machine. Take one from 1024 to 65535.",
  ]);
});
