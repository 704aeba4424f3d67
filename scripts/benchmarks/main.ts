import { mkdirSync } from "node:fs";
import { canRunDocker } from "../../test/support/dockerd.ts";
import { canHaveNetworks } from "../../test/support/networks/network.ts";
import { startWorld } from "../../test/support/world.ts";
import { type FullClass, fullClass } from "./class.ts";
import { claudeMemory } from "./claude-memory.ts";
import { cloud } from "./cloud.ts";
import { dockerFigures, dockerMemory } from "./docker.ts";
import { dockerRenewal } from "./docker-renewal.ts";
import { echo } from "./echo.ts";
import { type Figure, table } from "./figures.ts";
import { gatewayMemory } from "./gateway-memory.ts";
import { joins } from "./joins.ts";
import { memory } from "./memory.ts";
import { page } from "./page.ts";
import { preview } from "./preview.ts";
import { previewNarrow } from "./preview-narrow.ts";
import { proxies } from "./proxies.ts";
import { relay } from "./relay.ts";
import { slowReader } from "./slow-reader.ts";

const IN_A_CLASS: Record<string, (given: FullClass) => Promise<Figure[]>> = { memory, echo, "slow-reader": slowReader, page };
/** These bring all they need: records alone; containers on a daemon of their own, which takes root. */
const ALONE: Record<string, () => Promise<Figure[]>> = {
  joins,
  relay,
  proxies,
  preview,
  "preview-narrow": previewNarrow,
  cloud,
  "gateway-memory": gatewayMemory,
  "claude-memory": claudeMemory,
  docker: dockerFigures,
  "docker-memory": dockerMemory,
  "docker-renewal": dockerRenewal,
};

const names = [...Object.keys(IN_A_CLASS), ...Object.keys(ALONE)];
const options = ["--names", "--help", "-h"];
const asked = Bun.argv.slice(2).filter((word) => !options.includes(word));
const unknown = asked.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`There is no bench "${unknown.join('", "')}". There are: ${names.join(", ")}.`);
  process.exit(2);
}
if (Bun.argv.includes("--help") || Bun.argv.includes("-h"))
  console.log(`./scripts/bench [${names.join("|")} …]   all without a name`);
if (Bun.argv.includes("--names")) process.exit();
const canRun = (name: string) => (name.startsWith("docker") ? canRunDocker : name !== "preview-narrow" || canHaveNetworks);
const wanted = asked.length > 0 ? asked : names.filter(canRun);

const figures: Figure[] = [];
for (const [name, run] of Object.entries(ALONE)) if (wanted.includes(name)) figures.push(...(await told(name, run)));
if (wanted.some((name) => name in IN_A_CLASS)) figures.push(...(await inAClass()));
mkdirSync(".cache", { recursive: true });
await Bun.write(".cache/bench.json", `${JSON.stringify({ at: new Date().toISOString(), figures }, null, 2)}\n`);
console.log(table(figures));

async function inAClass(): Promise<Figure[]> {
  const world = await startWorld();
  try {
    const given = await fullClass(world);
    const found: Figure[] = [];
    for (const [name, run] of Object.entries(IN_A_CLASS))
      if (wanted.includes(name)) found.push(...(await told(name, () => run(given))));
    const gap = { bench: "loop", name: "longest gap of the agent's event loop in this class", unit: "ms", aim: 50 };
    return [...found, { ...gap, value: await given.agent.longestGapMs() }];
  } finally {
    await world.end();
  }
}

function told(name: string, run: () => Promise<Figure[]>): Promise<Figure[]> {
  console.error(`… ${name}`);
  return run();
}
