import { afterAll, afterEach, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MachineDocument } from "../../../agent/contract/machine.ts";
import { type AgentPid, processStart, runtimeDirectories } from "../../../agent/contract/running.ts";
import type { OpenCloud } from "../../../provision/cloud.ts";
import { openLocalCloud } from "../../../provision/local/cloud.ts";
import { agentsOf, processesOfSeats } from "../../../provision/local/processes.ts";
import { AGENT_COMMAND } from "../../support/agent.ts";
import { newDocument, newSigner } from "../../support/machine.ts";
import { until } from "../../support/until.ts";

const signer = await newSigner();
const root = await mkdtemp(join(tmpdir(), "ct-local-"));
const opened: OpenCloud[] = [];
const made: string[] = [];

async function openCloud(data: string, agent = AGENT_COMMAND): Promise<OpenCloud> {
  const cloud = await openLocalCloud({ data, agent, runtime: "process" });
  opened.push(cloud);
  return cloud;
}

afterEach(async () => {
  for (const cloud of opened) await Promise.all((await cloud.machines.list()).map(({ name }) => cloud.machines.remove(name)));
  for (const cloud of opened.splice(0)) await cloud.close();
});
afterAll(() => {
  for (const name of made) expect([...agentsOf(name), ...processesOfSeats(name)]).toEqual([]);
  rmSync(root, { recursive: true });
});

const newData = () => mkdtemp(join(root, "data-"));
const wishOf = (document: MachineDocument) => {
  made.push(document.machine);
  return {
    name: document.machine,
    workshop: document.workshop.id,
    requestId: crypto.randomUUID(),
    boot: JSON.stringify(document),
  };
};

async function running(cloud: OpenCloud, name: string) {
  return until("the machine to run", async () => {
    const found = await cloud.machines.find(name);
    return found?.status === "running" ? found : undefined;
  });
}

const directoryOf = (data: string, name: string) => join(data, "machines", name);
const agentPid = (data: string, name: string) =>
  (JSON.parse(readFileSync(join(directoryOf(data, name), "agent.pid"), "utf8")) as AgentPid).pid;
/** A tmux server and its shell for each of two seats; what is between fork and exec doesn't count yet. */
const twoShells = (name: string) => {
  const settled = () => {
    const found = processesOfSeats(name);
    const commands = found.map(commandOf).sort();
    return commands.join() === "bash,bash,tmux: server,tmux: server" ? found.map(({ pid }) => pid).sort() : undefined;
  };
  return until("two shells", settled);
};

function commandOf({ pid }: { pid: number }): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "gone";
  }
}

test("a machine that is created twice is one, runs, and is removed without a trace", async () => {
  const data = await newData();
  const cloud = await openCloud(data);
  const document = newDocument(signer, 2);
  const { machine: name } = document;
  expect(await cloud.machines.find(name)).toBeUndefined();
  await Promise.all([cloud.machines.create(wishOf(document)), cloud.machines.create(wishOf(document))]);
  const found = await running(cloud, name);
  expect(found).toMatchObject({ name, workshop: document.workshop.id, ip: "127.0.0.1", plane: { host: "127.0.0.1" } });
  expect(found.url).toBe(`http://${found.endpoint}`);
  await cloud.machines.create(wishOf(document));
  expect((await cloud.machines.list()).map((machine) => machine.name)).toEqual([name]);
  expect(agentsOf(name).map(({ pid }) => pid)).toEqual([agentPid(data, name)]);
  await twoShells(name);

  const [removed, again] = await Promise.all([cloud.machines.remove(name), cloud.machines.remove(name)]);
  expect(again).toEqual(removed);
  expect(removed.processes).toBeGreaterThanOrEqual(5); // the agent, two tmux servers, two shells
  expect(removed.directories).toBe(3);
  expect(removed.sockets).toBeGreaterThanOrEqual(2);
  expect(removed.bytes).toBeGreaterThan(0);
  expect([...agentsOf(name), ...processesOfSeats(name)]).toEqual([]);
  expect([directoryOf(data, name), ...runtimeDirectories(name)].filter(existsSync)).toEqual([]);
  expect(await cloud.machines.find(name)).toBeUndefined();
  expect(await cloud.machines.remove(name)).toEqual({ processes: 0, directories: 0, sockets: 0, bytes: 0 });
});

test("a killed agent comes back at the same address with the same shells", async () => {
  const data = await newData();
  const cloud = await openCloud(data);
  const document = newDocument(signer, 2);
  const { machine: name } = document;
  await cloud.machines.create(wishOf(document));
  const before = await running(cloud, name);
  const shells = await twoShells(name);
  const pid = agentPid(data, name);
  process.kill(pid, "SIGKILL");
  await until("another agent", () => agentPid(data, name) !== pid);
  expect(await running(cloud, name)).toEqual(before);
  expect(await twoShells(name)).toEqual(shells);
});

test("Ctrl-C ends the agents within 2 s and says how many shells stay; the next start adopts them", async () => {
  const data = await newData();
  const first = await openCloud(data);
  const document = newDocument(signer, 2);
  const { machine: name } = document;
  await first.machines.create(wishOf(document));
  const before = await running(first, name);
  const shells = await twoShells(name);
  const begun = performance.now();
  expect(await first.shells()).toBe(2);
  await first.close();
  expect(performance.now() - begun).toBeLessThan(2000);
  expect(agentsOf(name)).toEqual([]);
  expect(await twoShells(name)).toEqual(shells);
  const second = await openCloud(data);
  expect(await running(second, name)).toEqual(before);
  expect(await twoShells(name)).toEqual(shells);
});

test("a provider that starts beside a running agent adopts it and starts no second one", async () => {
  const data = await newData();
  const first = await openCloud(data);
  const document = newDocument(signer, 1);
  const { machine: name } = document;
  await first.machines.create(wishOf(document));
  await running(first, name);
  const pid = agentPid(data, name);
  // As after a killed gateway: the first provider is still there here and finds nothing to do.
  const second = await openCloud(data);
  expect((await running(second, name)).name).toBe(name);
  expect(agentPid(data, name)).toBe(pid);
  process.kill(pid, "SIGKILL");
  await until("another agent", () => agentPid(data, name) !== pid);
  await running(second, name);
  // One of the two providers was quicker; the other's agent finds the directory taken and leaves.
  await until("one agent", () => agentsOf(name).length === 1);
});

test("removing works when the agent is dead and its seats' processes hide their mark", async () => {
  const data = await newData();
  const cloud = await openCloud(data);
  const document = newDocument(signer, 1);
  const { machine: name } = document;
  await cloud.machines.create(wishOf(document));
  await running(cloud, name);
  await until("the shell", () => processesOfSeats(name).length === 2);
  const env = { PATH: process.env.PATH ?? "", CLARATEACH_SEAT: `${name}/01` };
  const hidden = Bun.spawn(["bash", "-c", "env -i sleep 1000 & trap '' TERM HUP; wait; sleep 1000"], { env, detached: true });
  await until("the hidden one", () => processesOfSeats(name).length >= 4);
  const seat = join(directoryOf(data, name), "seats/01/workspace");
  mkdirSync(join(seat, "shut/deep"), { recursive: true });
  chmodSync(join(seat, "shut"), 0);
  // The agent can't be started again.
  rmSync(join(directoryOf(data, name), "machine.json"));
  process.kill(agentPid(data, name), "SIGKILL");
  await cloud.machines.remove(name);
  expect([...agentsOf(name), ...processesOfSeats(name)]).toEqual([]);
  expect([directoryOf(data, name), ...runtimeDirectories(name)].filter(existsSync)).toEqual([]);
  await hidden.exited;
});

test("a half-made directory is broken, is completed by create and removed by remove", async () => {
  const data = await newData();
  const cloud = await openCloud(data);
  const document = newDocument(signer, 1);
  const { machine: name } = document;
  mkdirSync(join(directoryOf(data, name), "seats/01"), { recursive: true });
  expect(await cloud.machines.find(name)).toMatchObject({ status: "broken" });
  expect((await cloud.machines.remove(name)).directories).toBe(2);
  expect(await cloud.machines.find(name)).toBeUndefined();
  mkdirSync(directoryOf(data, name));
  await cloud.machines.create(wishOf(document));
  await running(cloud, name);
});

test("what a killed provider left half made or half removed is cleared at the next start", async () => {
  const data = await newData();
  for (const left of [".new-clarateach-ws-abc123-00", ".gone-clarateach-ws-abc124-00"])
    mkdirSync(join(data, "machines", left, "seats/01"), { recursive: true });
  const cloud = await openCloud(data);
  expect(readdirSync(join(data, "machines"))).toEqual([]);
  expect(await cloud.machines.list()).toEqual([]);
});

test("an agent that can't start is broken, with its last words", async () => {
  const data = await newData();
  const cloud = await openCloud(data);
  const document = newDocument(signer, 1, { endsAt: "never" });
  const { machine: name } = document;
  await cloud.machines.create(wishOf(document));
  const broken = await until("it to be broken", async () => {
    const found = await cloud.machines.find(name);
    return found?.status === "broken" ? found : undefined;
  });
  expect(broken.detail).toContain(`endsAt "never" is not a time`);
});

test("a process that got a dead agent's number is left alone", async () => {
  const data = await newData();
  const stranger = Bun.spawn(["sleep", "1000"]);
  const cloud = await openCloud(data);
  const document = newDocument(signer, 1);
  const { machine: name } = document;
  mkdirSync(directoryOf(data, name), { recursive: true });
  writeFileSync(join(directoryOf(data, name), "agent.pid"), JSON.stringify({ pid: stranger.pid, start: "1" }));
  await cloud.machines.remove(name);
  expect(processStart(stranger.pid)).toBeDefined();
  stranger.kill();
  await stranger.exited;
});

test("names that aren't machines' are refused", async () => {
  const cloud = await openCloud(await newData());
  for (const name of ["../x", "", "a/b", ".gone", "A"]) {
    expect(cloud.machines.find(name)).rejects.toThrow(/can't be called/);
    expect(cloud.machines.remove(name)).rejects.toThrow(/can't be called/);
  }
});
