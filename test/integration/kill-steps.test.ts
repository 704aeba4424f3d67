/** kill -9 of gateway and of agent at every recorded step of start and of stop: the workshop ends where it should, once. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join as path } from "node:path";
import { join } from "../support/learner.ts";
import { leftOf, processesOf } from "../support/leftovers.ts";
import { sampled } from "../support/sample.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

/** Every write of a start (and of a stop) is a step: they have about twenty each. */
const STEPS = Array.from({ length: 24 }, (_, i) => i + 1);
/** Some each run. */
const MOST = { gateway: 3, agent: 2 };

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.end());

test.each(sampled(STEPS, MOST.gateway))("gateway killed at step %d of start, and of stop", async (step) => {
  const { id, code } = await create();
  await act(id, "start", step, () => world.kill());
  await world.restart();
  await reach(id, "running");
  expect(processesOf(`clarateach-${id}`).agents).toHaveLength(1);
  const learner = await join(world, { code, name: "Mira" });
  expect((await learner.get("/session")).status).toBe(200);
  await act(id, "stop", step, () => world.kill());
  await world.restart();
  await reach(id, "stopped");
  expect(leftOf(world.data, id)).toEqual([]);
});

test.each(
  sampled(
    STEPS.filter((step) => step > 3),
    MOST.agent,
  ),
)("agent killed at step %d of start, and of stop", async (step) => {
  const { id, code } = await create();
  await act(id, "start", step, async () => killAgent(id));
  await reach(id, "running");
  await until("one agent", () => processesOf(`clarateach-${id}`).agents.length === 1);
  const learner = await join(world, { code, name: "Mira" });
  await until("the seat to answer", async () => (await learner.get("/session").catch(() => undefined))?.status === 200);
  await act(id, "stop", step, async () => killAgent(id));
  await reach(id, "stopped");
  expect(leftOf(world.data, id)).toEqual([]);
});

async function create(): Promise<{ id: string; code: string }> {
  const json = { name: "Killed", seats: 2, apiKey: "sk-ant-test-0123456789-0123456789" };
  const { body } = await world.api("/api/workshops", { method: "POST", json });
  // How the key did is written when it is known, and would be taken for a step.
  await until("the key to be tried", async () => (await world.api(`/api/workshops/${body.workshopId}/llm`)).body.key);
  return { id: body.workshopId, code: body.code };
}

/** Asks for it, and strikes as soon as the database shows `step` more writes (or it is over, when it has fewer). */
async function act(id: string, what: "start" | "stop", step: number, strike: () => Promise<unknown>): Promise<void> {
  const db = new Database(path(world.data, "gateway.sqlite"), { readonly: true });
  const look = db.query<{ revision: number; state: string }, [string]>("select revision, state from workshops where id = ?");
  const from = look.get(id)?.revision ?? 0;
  const over = what === "start" ? "running" : "stopped";
  const asked = world.api(`/api/workshops/${id}/${what}`, { method: "POST" }).catch(() => undefined);
  try {
    for (;;) {
      const now = look.get(id);
      if (now && (now.revision >= from + step || now.state === over)) break;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    await strike();
    await asked;
  } finally {
    db.close();
  }
}

function killAgent(id: string): void {
  try {
    const { pid } = JSON.parse(readFileSync(path(world.data, "machines", `clarateach-${id}`, "agent.pid"), "utf8"));
    process.kill(pid, "SIGKILL");
  } catch {
    // Not there yet, or gone already: a step without an agent to kill.
  }
}

const reach = (id: string, status: string) =>
  until(`${id} to be ${status}`, async () => {
    const { body } = await world.api(`/api/workshops/${id}`);
    if (body.status === "failed") throw new Error(`it failed: ${body.failure}`);
    return body.status === status && (status !== "stopped" || body.receipt);
  });
