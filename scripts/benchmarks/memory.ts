import type { AgentProbe } from "./agent.ts";
import type { Figure } from "./figures.ts";
import type { BenchWorld } from "./main.ts";
import { openViewer } from "./viewer.ts";

export async function idleMemory(agent: AgentProbe): Promise<Figure> {
  return { bench: "memory", name: "agent, ten seats, nobody there", value: await agent.residentMb(), unit: "MB", aim: 70 };
}

/** Two viewers a seat, each having printed a screen; the agent's resident memory then. */
export async function memory({ learners, agent }: BenchWorld): Promise<Figure[]> {
  const viewers = await Promise.all(learners.flatMap((learner) => [openViewer(learner), openViewer(learner)]));
  await Promise.all(
    viewers.map(async (viewer, i) => {
      const seen = viewer.sees(`end${i}`);
      viewer.type(`seq 200; echo e''nd${i}\r`);
      await seen;
    }),
  );
  const value = await agent.residentMb();
  for (const viewer of viewers) viewer.close();
  return [{ bench: "memory", name: "agent, ten seats × two viewers", value, unit: "MB", aim: 100 }];
}
