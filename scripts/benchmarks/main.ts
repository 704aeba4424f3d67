import { mkdirSync } from "node:fs";
import { join as joinClass, type Learner } from "../../test/support/learner.ts";
import { runningWorkshop, startWorld, type World } from "../../test/support/world.ts";
import { type AgentProbe, probeAgent } from "./agent.ts";
import { echo } from "./echo.ts";
import { type Figure, table } from "./figures.ts";
import { joins } from "./joins.ts";
import { idleMemory, memory } from "./memory.ts";
import { page } from "./page.ts";
import { slowReader } from "./slow-reader.ts";

/** A gateway with one running workshop of ten seats, all taken. */
export interface BenchWorld {
  world: World;
  learners: Learner[];
  agent: AgentProbe;
}

const BENCHES: Record<string, (given: BenchWorld) => Promise<Figure[]>> = {
  memory,
  echo,
  "slow-reader": slowReader,
  page,
  joins,
};

const asked = Bun.argv.slice(2).filter((word) => !word.startsWith("-"));
const unknown = asked.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`There is no bench "${unknown.join('", "')}". There are: ${Object.keys(BENCHES).join(", ")}.`);
  process.exit(1);
}

const world = await startWorld();
try {
  const { code, id } = await runningWorkshop(world, { seats: 10, name: "Bench" });
  const agent = await probeAgent(world.data, id);
  const figures: Figure[] = [await idleMemory(agent)];
  const learners: Learner[] = [];
  for (let seat = 1; seat <= 10; seat++) learners.push(await joinClass(world, { code, name: `Learner ${seat}` }));
  for (const [name, run] of Object.entries(BENCHES)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    console.error(`… ${name}`);
    figures.push(...(await run({ world, learners, agent })));
  }
  figures.push({
    bench: "loop",
    name: "longest gap of the agent's event loop in this run",
    value: await agent.longestGapMs(),
    unit: "ms",
    aim: 50,
  });
  mkdirSync(".cache", { recursive: true });
  await Bun.write(".cache/bench.json", `${JSON.stringify({ at: new Date().toISOString(), figures }, null, 2)}\n`);
  console.log(table(figures));
} finally {
  await world.end();
}
