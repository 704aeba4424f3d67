import { ask } from "../calls.ts";
import { type Clients, oneAttempt } from "../clients.ts";
import type { GoogleSettings } from "../settings.ts";
import { green, red, type Seen, unknown } from "./finding.ts";

/** Whether each zone has this type of machine. */
export async function machineTypes(settings: GoogleSettings, { options }: Clients, signal: AbortSignal): Promise<Seen> {
  const { zones, machineType } = settings;
  for (const zone of zones) await typeIn(settings, zone, options, signal);
  return green(`${zones.join(", ")} ${zones.length === 1 ? "has" : "have"} ${machineType}.`);
}

async function typeIn(
  { project, machineType }: GoogleSettings,
  zone: string,
  options: Clients["options"],
  signal: AbortSignal,
): Promise<{ guestCpus?: number | null }> {
  const { MachineTypesClient } = await import("@google-cloud/compute/build/src/v1/machine_types_client.js");
  const client = new MachineTypesClient(options);
  const read = async () => (await client.get({ project, zone, machineType }, oneAttempt()))[0];
  return ask(`find the machine type ${machineType} in ${zone}`, read, { signal });
}

export const regionsOf = ({ zones }: Pick<GoogleSettings, "zones">): string[] => [
  ...new Set(zones.map((zone) => zone.replace(/-[a-z]$/, ""))),
];

/** By which quota the processors of a family count; of newer ones Google has others. */
const CPU_QUOTAS: Record<string, string> = {
  ...{ e2: "CPUS", n1: "CPUS", f1: "CPUS", g1: "CPUS" },
  n2: "N2_CPUS",
  n2d: "N2D_CPUS",
  c2: "C2_CPUS",
  c2d: "C2D_CPUS",
  c3: "C3_CPUS",
};

/**
 * Whether there is room for so many machines more in one region. New projects have little, and Google takes up to two days to give more.
 * @param machines as many as a class of the asked size needs
 */
export async function quota(
  settings: GoogleSettings,
  clients: Clients,
  region: string,
  machines: number,
  signal: AbortSignal,
): Promise<Seen> {
  const zone = settings.zones.find((each) => each.startsWith(region)) ?? "";
  const [{ guestCpus }, quotas] = await Promise.all([
    typeIn(settings, zone, clients.options, signal),
    quotasOf(settings, clients, region, signal),
  ]);
  const [family = ""] = settings.machineType.split("-");
  const cpuQuota = CPU_QUOTAS[family];
  const eachTakes: Record<string, number> = {
    ...(cpuQuota && { [cpuQuota]: guestCpus ?? 1 }),
    CPUS_ALL_REGIONS: guestCpus ?? 1,
    INSTANCES: 1,
    IN_USE_ADDRESSES: 1,
    // Of balanced disks, too.
    SSD_TOTAL_GB: settings.diskGb,
  };
  const rooms = quotas.flatMap(({ metric, limit, usage }) => {
    const each = eachTakes[String(metric)];
    return each ? [{ metric, limit: limit ?? 0, room: Math.floor(((limit ?? 0) - (usage ?? 0)) / each) }] : [];
  });
  const [least] = rooms.sort((a, b) => a.room - b.room);
  if (!least) return unknown(`Google says nothing of the quotas of ${region}.`);
  const words = `${region} has room for ${least.room} more ${settings.machineType} (${least.metric}, at most ${least.limit}).`;
  if (least.room < machines) return tooFew(words, machines);
  if (cpuQuota) return green(words);
  return unknown(`${words} By which quota processors of ${family} count isn't known here; look there yourself: ${QUOTAS}`);
}

const QUOTAS = "https://console.cloud.google.com/iam-admin/quotas";

const tooFew = (words: string, machines: number): Seen =>
  red(`${words} ${machines} ${machines === 1 ? "is" : "are"} needed. Have that quota raised: ${QUOTAS}`);

/** The region's, and those of the whole project. */
async function quotasOf({ project }: GoogleSettings, { options }: Clients, region: string, signal: AbortSignal) {
  const [{ RegionsClient }, { ProjectsClient }] = await Promise.all([
    import("@google-cloud/compute/build/src/v1/regions_client.js"),
    import("@google-cloud/compute/build/src/v1/projects_client.js"),
  ]);
  const [regions, projects] = [new RegionsClient(options), new ProjectsClient(options)];
  const ofRegion = async () => (await regions.get({ project, region }, oneAttempt()))[0].quotas ?? [];
  const ofProject = async () => (await projects.get({ project }, oneAttempt()))[0].quotas ?? [];
  const [own, all] = await Promise.all([
    ask(`read the quotas of ${region}`, ofRegion, { signal }),
    ask(`read the quotas of ${project}`, ofProject, { signal }),
  ]);
  return [...own, ...all.filter(({ metric }) => metric === "CPUS_ALL_REGIONS")];
}

export async function image(
  { image: address, agent, seats }: GoogleSettings,
  { options }: Clients,
  signal: AbortSignal,
): Promise<Seen> {
  const { ImagesClient } = await import("@google-cloud/compute/build/src/v1/images_client.js");
  const client = new ImagesClient(options);
  const [, project = "", family, name = ""] =
    /^projects\/([^/]+)\/global\/images\/(?:family\/([^/]+)|([^/]+))$/.exec(address) ?? [];
  const read = async () =>
    family
      ? (await client.getFromFamily({ project, family }, oneAttempt()))[0]
      : (await client.get({ project, image: name }, oneAttempt()))[0];
  const { name: newest } = await ask(`find the image ${address}`, read, { signal });
  const lacks = [...(agent ? [] : ["_AGENT_URL"]), ...(seats ? [] : ["_SEATS_URL"])];
  if (project === "debian-cloud" && lacks.length > 0)
    return red(
      `Machines would boot ${newest}, which has nothing of ClaraTeach: set CLARATEACH_GCE${lacks.join(" and CLARATEACH_GCE")}, or name an image prepared for it.`,
    );
  return green(`Machines boot ${newest}.`);
}
