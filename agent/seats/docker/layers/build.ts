import { Problem } from "../../../contract/errors.ts";
import type { TaskRun } from "../../../engine/task.ts";
import type { TaskLog } from "../../task-logs.ts";
import { DockerError } from "../client/http.ts";
import { hasHook, runHook, treeInside } from "../container/hooks.ts";
import { type Inside, runToEnd } from "../container/programs.ts";
import type { DockerHost } from "../docker-host.ts";
import { builderTrustEnvironment, DISTRUST_IN_BUILDER, TRUST_IN_BUILDER } from "../image/trust.ts";
import { MACHINE_LABEL } from "../names.ts";
import { hasIPv6 } from "../network/firewall.ts";
import type { Upstream } from "../network/name-servers.ts";
import { connectSeat, makeBridge, removeBridge, removeCable } from "../network/network.ts";
import { Resolver } from "../network/resolver.ts";
import { brokenAccounts } from "./broken-accounts.ts";
import { type BuilderLimits, builderOf } from "./builder.ts";
import { CACHE_ENVIRONMENT, haveCaches } from "./caches.ts";
import { noRoomToKeep, outgrown } from "./growth.ts";
import { LAYER_REPOSITORY, type Layer } from "./layers.ts";
import { ownLabels } from "./own.ts";
import type { ListedTree } from "./trees.ts";

/** What a hook of root's knows; per program, for an image would keep what its builder was made with. */
const ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  ...{ HOME: "/root", USER: "root", LANG: "C.UTF-8", DEBIAN_FRONTEND: "noninteractive" },
  ...CACHE_ENVIRONMENT,
};
const SAID_LIMIT = 400;

export interface Building {
  host: DockerHost;
  /** Where a builder's questions for names go. */
  upstream: () => Promise<readonly Upstream[]>;
  limits: BuilderLimits;
  task: TaskRun;
  log: TaskLog;
  /** It becomes the change's own layer (own.ts), and no other change's. */
  own: boolean;
}

/**
 * Runs the last SDK's setup-base in a container of the layer below and keeps what it changed as a layer. The container goes in every case.
 * @param below the image's id @returns the layer's @throws Problem or DockerError saying what didn't work
 */
export async function buildLayer(on: Building, layer: Layer, below: string, trees: readonly ListedTree[]): Promise<string> {
  const { docker, name: machine, settings } = on.host;
  const { limits } = on;
  const caches = await haveCaches(
    docker,
    machine,
    trees.every(({ source }) => source !== "project"),
  );
  const trusted = await on.host.trust();
  const builder = builderOf({
    ...{ machine, image: below, trees, limits, caches: caches.mounts, ociRuntime: settings.ociRuntime, trusted },
    ...{ resolvConf: await on.host.resolvConf(), cpus: await on.host.processors(), ipv6: await hasIPv6() },
  });
  const id = await docker.createAnew(`${machine}-build`, builder);
  try {
    const sdk = trees.at(-1);
    if (sdk && hasHook(sdk.directory, "setup-base")) await setUp(on, sdk.name, id, caches.directories);
    on.task.signal.throwIfAborted();
    const labels = Object.entries({ ...layer.labels, [MACHINE_LABEL]: "", ...(on.own && ownLabels(machine)) });
    const name = on.own ? undefined : { repository: LAYER_REPOSITORY, tag: layer.tag };
    return await docker.commit(
      id,
      name,
      labels.map(([label, value]) => `LABEL ${label}="${value}"`),
    );
  } finally {
    await docker.removeContainer(id);
  }
}

/** When it returns nothing runs in the builder any more. */
async function setUp(on: Building, sdk: string, id: string, caches: readonly string[]): Promise<void> {
  const { docker } = on.host;
  await on.host.wall.raise();
  await docker.startContainer(id);
  await behindTheWall(on, id, () => withinRoom(on, id, caches, (signal) => runSetupBase(on, sdk, id, signal)));
  await docker.stopContainer(id);
  await checkKept(on, id);
}

/** What setup-base left, once nothing writes there any more. */
async function checkKept({ host, limits }: Building, id: string): Promise<void> {
  const upper = await upperOf(host, id);
  const why = upper === undefined ? undefined : ((await brokenAccounts(upper)) ?? (await noRoomToKeep(upper, limits.room)));
  if (why !== undefined) throw new Problem("UNAVAILABLE", why);
}

/** Where what it writes lies on the machine; undefined where Docker keeps that otherwise. */
const upperOf = async ({ docker }: DockerHost, id: string): Promise<string | undefined> =>
  (await docker.inspectContainer(id))?.GraphDriver.Data?.UpperDir;

/** A seat's network: its cable, its firewall, its name server. */
async function behindTheWall({ host, upstream }: Building, id: string, work: () => Promise<void>): Promise<void> {
  const { name: machine, settings } = host;
  const network = (await host.docker.inspectContainer(id))?.NetworkSettings.SandboxKey ?? "";
  const admit = (address: string) => host.wall.admit("build", address);
  const resolver = new Resolver({ network, outbound: settings.outbound, admit, upstream });
  try {
    await removeBuilderNetwork(machine);
    await makeBridge(machine, "build", await host.block());
    await connectSeat(machine, "build", await host.block(), network);
    await resolver.open();
    await work();
  } finally {
    resolver.close();
    await removeBuilderNetwork(machine);
  }
}

/** Of a builder that an agent left which was killed, too. Nothing there is fine. @returns whether it was there */
export async function removeBuilderNetwork(machine: string): Promise<boolean> {
  await removeCable(machine, "build");
  return removeBridge(machine, "build");
}

async function withinRoom(
  { host, limits, task }: Building,
  id: string,
  caches: readonly string[],
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const upper = await upperOf(host, id);
  const [done, tooMuch] = [new AbortController(), new AbortController()];
  const watch = outgrown([...(upper === undefined ? [] : [upper]), ...caches], limits.room, done.signal).then((why) => {
    if (why !== undefined) tooMuch.abort(new Problem("UNAVAILABLE", `setup-base was ended: ${why}.`));
  });
  try {
    await work(AbortSignal.any([task.signal, tooMuch.signal]));
    tooMuch.signal.throwIfAborted();
  } finally {
    done.abort();
    await watch;
  }
}

async function runSetupBase({ host, limits, task, log }: Building, sdk: string, id: string, signal: AbortSignal): Promise<void> {
  const inside: Inside = { docker: host.docker, container: id, uid: 0 };
  const trusted = await host.trust();
  const env = { ...ENVIRONMENT, ...(trusted ? builderTrustEnvironment() : {}) };
  const run = { sdk, hook: "setup-base", cwd: `${treeInside(sdk)}/hooks`, env, limitMs: limits.timeMs } as const;
  if (trusted) await asRoot(inside, TRUST_IN_BUILDER, signal);
  await runHook(inside, run, task, log, signal).catch((error) => {
    if (!(error instanceof Problem) || host.settings.outbound.policy !== "none") throw error;
    throw new Problem("UNAVAILABLE", `${error.message} Nothing outside can be reached from here: CLARATEACH_OUTBOUND is none.`);
  });
  if (trusted) await asRoot(inside, DISTRUST_IN_BUILDER, signal);
}

async function asRoot(inside: Inside, script: string, signal: AbortSignal): Promise<void> {
  const { code, stderr } = await runToEnd(inside, ["sh", "-ec", script], { cwd: "/", signal });
  if (code !== 0) throw new DockerError(`cannot set what a builder trusts: ${stderr.trim().slice(-SAID_LIMIT)}`);
}
