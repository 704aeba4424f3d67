import { join, type Learner } from "../../test/support/learner.ts";
import { runningWorkshop, type World } from "../../test/support/world.ts";
import { type AgentProbe, probeAgent } from "./agent.ts";

/** A gateway with one running workshop of ten seats, all taken. */
export interface FullClass {
  world: World;
  learners: Learner[];
  agent: AgentProbe;
}

export async function fullClass(world: World): Promise<FullClass> {
  const { code, id } = await runningWorkshop(world, { seats: 10, name: "Bench" });
  const agent = await probeAgent(world.data, id);
  const learners: Learner[] = [];
  for (let seat = 1; seat <= 10; seat++) learners.push(await join(world, { code, name: `Learner ${seat}` }));
  return { world, learners, agent };
}
