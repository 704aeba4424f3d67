import type { FullClass } from "./class.ts";
import type { Figure } from "./figures.ts";
import { openViewer } from "./viewer.ts";

/** The agent's resident memory while nobody is there, and with two viewers a seat, each having printed a screen. */
export async function memory({ learners, agent }: FullClass): Promise<Figure[]> {
  const idle = { bench: "memory", name: "agent, ten seats, nobody there", value: await agent.residentMb(), unit: "MB", aim: 70 };
  const pairs = await Promise.all(
    learners.map(async (learner) => [await openViewer(learner), await openViewer(learner)] as const),
  );
  await Promise.all(
    pairs.map(async ([one, two]) => {
      const seen = [one.sees("end-of-it"), two.sees("end-of-it")];
      one.type("seq 200; echo e''nd-of-it\r");
      await Promise.all(seen);
    }),
  );
  const value = await agent.residentMb();
  for (const viewer of pairs.flat()) viewer.close();
  return [idle, { bench: "memory", name: "agent, ten seats × two viewers", value, unit: "MB", aim: 100 }];
}
