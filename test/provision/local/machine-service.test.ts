/** What a gateway that isn't root may ask of the part that is: machines by name, and nothing else, whatever it says. */
import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NORMALIZED_LIMIT } from "../../../agent/definition/definition.ts";
import { askMachineService } from "../../../provision/local/machine-client.ts";
import { serveMachines } from "../../../provision/local/machine-service.ts";
import { openMachines } from "../../../provision/local/machines.ts";
import { AGENT_COMMAND } from "../../support/agent.ts";
import { newDocument, newSigner } from "../../support/machine.ts";
import { until } from "../../support/until.ts";

const directory = await mkdtemp(join(tmpdir(), "ct-asked-"));
const [root, socket] = [join(directory, "machines"), join(directory, "socket")];
const machines = await openMachines({ root, agent: AGENT_COMMAND, runtime: "process" });
const service = serveMachines(machines, socket);
const asked = askMachineService(socket);
const document = newDocument(await newSigner(), 1);
const { machine: name } = document;
const wish = { name, workshop: document.workshop.id, requestId: "1", boot: JSON.stringify(document) };

afterAll(async () => {
  await machines.remove(name);
  await service.stop();
  await machines.close();
  rmSync(directory, { recursive: true });
});

const ask = (method: string, path: string, body?: string) =>
  fetch(`http://machines/${path}`, { method, unix: socket, ...(body !== undefined && { body }) } as RequestInit);
const put = (path: string, value: unknown) => ask("PUT", path, JSON.stringify(value));

test("a machine is made, found, listed and removed as if it were the asker's own", async () => {
  expect(await asked.find(name)).toBeUndefined();
  await Promise.all([asked.create(wish), asked.create(wish)]);
  const found = await until("the machine to run", async () => {
    const seen = await asked.find(name);
    return seen?.status === "running" ? seen : undefined;
  });
  expect(await machines.find(name)).toEqual(found);
  expect(await asked.list()).toEqual([found]);
  expect(await asked.fit(10)).toEqual(await machines.fit(10));
  expect(await asked.ports()).toEqual([{ name, port: Number(found?.endpoint?.split(":")[1]) }]);
  expect(readFileSync(join(root, name, "machine.json"), "utf8")).toBe(wish.boot);
  expect((await asked.remove(name)).processes).toBeGreaterThan(0);
  expect([await asked.find(name), existsSync(join(root, name))]).toEqual([undefined, false]);
});

test("only the directory's owner and group may ask", () => {
  expect(statSync(socket).mode & 0o777).toBe(0o660);
});

test("names that lead elsewhere, documents of others, and calls that aren't one make nothing", async () => {
  const before = readdirSync(root);
  const outside = join(directory, "clarateach-ws-abc123");
  mkdirSync(outside);
  for (const bad of [
    "..%2fclarateach-ws-abc123",
    "%2e%2e",
    "clarateach-ws-abc123%00",
    "etc",
    "clarateach-ws-abc123-",
    "CLARATEACH-WS-ABC123",
  ]) {
    for (const method of ["PUT", "DELETE", "GET"]) {
      const body = method === "PUT" ? wish.boot : undefined;
      expect([bad, method, (await ask(method, `machines/${bad}`, body)).status]).toEqual([bad, method, 400]);
    }
  }
  const refused: [string, unknown][] = [
    ["is of ../../../tmp/x in", { ...document, machine: "../../../tmp/x" }],
    ["is of clarateach-ws-other1 in", { ...document, machine: "clarateach-ws-other1" }],
    ["in ws-other1, not of", { ...document, workshop: { id: "ws-other1", name: "x" } }],
    ['wrong at "/seats/0/seat"', { ...document, seats: [{ seat: 0.5, generation: 1, freshSince: 1 }] }],
    ['wrong at "/starter/digest"', { ...document, starter: { digest: "../../../../etc/shadow", name: "x" } }],
    ['wrong at "', "not a document"],
  ];
  for (const [words, value] of refused) {
    const answer = await put(`machines/${name}`, value);
    expect([answer.status, (await answer.json()).error]).toEqual([400, expect.stringContaining(words)]);
  }
  for (const count of ["0", "-1", "1e3", "1;id", "--machine"])
    expect([count, (await ask("GET", `fit/${count}`)).status]).toEqual([count, 400]);
  const longest = { ...document, machineIndex: "x", definition: '"'.repeat(NORMALIZED_LIMIT) };
  expect([
    (await put(`machines/${name}`, longest)).status,
    (await put(`machines/${name}`, { ...longest, more: longest })).status,
  ]).toEqual([400, 413]);
  for (const [method, path] of [
    ["POST", "run"],
    ["GET", "../etc/passwd"],
    ["DELETE", "machines"],
    ["PUT", "ports"],
  ] as const)
    expect([path, (await ask(method, path)).status]).toEqual([path, 400]);
  expect([readdirSync(root), existsSync(outside)]).toEqual([before, true]);
});

test("machines whose agents don't run count too, however many are asked for at once; what fits is looked at once at a time", async () => {
  const [many, looking, together] = ["many", "looking", "together"].map((each) => join(directory, each)) as [
    string,
    string,
    string,
  ];
  // An agent that never serves, and whose looks say whether two of them were under way.
  const agent = `[ "$1" = fit ] || exit 1; mkdir ${looking} || touch ${together}; sleep 0.02; rmdir ${looking}; echo '{"verdict":"good"}'`;
  const others = await openMachines({ root: `${many}-machines`, agent: ["sh", "-c", agent, "agent"], runtime: "docker" });
  const other = serveMachines(others, many);
  const asking = askMachineService(many);
  const wishes = Array.from({ length: 80 }, (_, at) => `ws-many${at + 10}`).map((id) => {
    const boot = { ...document, machine: `clarateach-${id}`, workshop: { id, name: "x" } };
    return asking
      .create({ name: boot.machine, workshop: id, requestId: "", boot: JSON.stringify(boot) })
      .then(() => "made", String);
  });
  const answers = await Promise.all(wishes);
  const refused = answers.filter((answer) => answer !== "made");
  expect([refused.length, (await others.names()).length]).toEqual([16, 64]);
  expect(refused[0]).toContain("64 machines");
  expect(await Promise.all([10, 10, 10, 10, 10].map((seats) => asking.fit(seats)))).toContainEqual({ verdict: "good" });
  expect(existsSync(together)).toBe(false);
  await other.stop();
  others.leave();
});

test("a service that doesn't answer is named", async () => {
  expect(askMachineService(join(directory, "nobody")).list()).rejects.toThrow(/nobody answers at ".*clarateach-machines/);
});
