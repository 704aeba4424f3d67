import { type AuthorityConfig, readAuthorities } from "./acme-config.ts";
import { readSeatSettings } from "./seat-settings.ts";

/** What of Google Cloud is used, as settings say it; machines, names and secrets are made by `provision/gce`. */
export interface GoogleConfig {
  project: string;
  /** In the order in which they are tried. */
  zones: string[];
  dnsZone: string;
  domain: string;
  machineType: string;
  image: string;
  diskGb: number;
  network: string;
  networkTag: string;
  installation: string;
  /** Machines of all classes together: what they may cost at most. */
  machinesMost: number;
  /** On machines, disks and secrets besides our own. */
  labels: Readonly<Record<string, string>>;
  /** Who signs the machines' certificates, in the order in which they are asked. */
  authorities: AuthorityConfig[];
  /** What machines fetch at their start, where their image hasn't these: the agent, and the image that seats are made from. */
  agent?: { url: string; sha256: string };
  seats?: { url: string; sha256: string };
  /** What agents are to know of seats: `{CLARATEACH_OUTBOUND: "none"}`. */
  seatSettings?: Readonly<Record<string, string>>;
  /** Another address than Google's own, on this computer: an emulator's. */
  api?: { host: string; port: number };
}

/** One setting: what its value looks like, and what it is without one. */
interface Setting {
  fits: RegExp;
  /** Goes on after “set it to ”. */
  like: string;
  otherwise?: string;
}

const NAME = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

const SETTINGS = {
  PROJECT: { fits: /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, like: "the id of your project, like my-classes-4711" },
  ZONES: {
    fits: /^[a-z]+-[a-z]+\d+-[a-z]([\s,]+[a-z]+-[a-z]+\d+-[a-z])*$/,
    like: "zones in the order in which they are tried, like europe-west4-a europe-west4-b",
  },
  DNS_ZONE: { fits: NAME, like: "the name of the DNS zone in Cloud DNS, like classes" },
  DOMAIN: {
    fits: /^(?=.{4,200}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/,
    like: "the domain of that DNS zone, like ws.example.org",
  },
  MACHINE_TYPE: { fits: NAME, like: "a machine type, like e2-standard-8", otherwise: "e2-standard-8" },
  IMAGE: {
    fits: /^projects\/[a-z0-9.:-]+\/global\/images\/(family\/)?[a-z0-9-]+$/,
    like: "an image or a family, like projects/debian-cloud/global/images/family/debian-12",
    otherwise: "projects/debian-cloud/global/images/family/debian-12",
  },
  DISK_GB: { fits: /^([1-9]\d|[1-9]\d{2,3})$/, like: "gigabytes from 10 to 9999", otherwise: "50" },
  NETWORK: {
    fits: /^(projects\/[a-z0-9.:-]+\/)?global\/networks\/[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
    like: "a network, like global/networks/default",
    otherwise: "global/networks/default",
  },
  NETWORK_TAG: { fits: NAME, like: "the tag that your firewall's rule is for, like clarateach", otherwise: "clarateach" },
  /** Thirty hold three hundred learners, and cost about $9 an hour of e2-standard-8: a slip, or a stolen session, costs no more. */
  MACHINES_MOST: { fits: /^[1-9]\d{0,3}$/, like: "how many machines all classes together may have, like 30", otherwise: "30" },
  INSTALLATION: {
    fits: /^[a-z][a-z0-9_-]{0,62}$/,
    like: "a word that no other gateway of the project has, like clarateach",
    otherwise: "clarateach",
  },
} satisfies Record<string, Setting>;

const PREFIX = "CLARATEACH_GCE_";
const OTHERS = ["LABELS", "AGENT_URL", "AGENT_SHA256", "SEATS_URL", "SEATS_SHA256", "API"];

type Env = Readonly<Record<string, string | undefined>>;

/**
 * @param refuse makes the error of a setting that can't work
 * @throws what `refuse` makes, with one sentence
 */
export function readGoogle(env: Env, refuse: (sentence: string) => Error): GoogleConfig {
  refuseUnknown(env, refuse);
  const read = (key: keyof typeof SETTINGS): string => {
    const { fits, like, otherwise }: Setting = SETTINGS[key];
    const name = PREFIX + key;
    const text = (env[name] || otherwise)?.trim();
    if (text === undefined) throw refuse(`CLARATEACH_CLOUD is gce and ${name} isn't set; set it to ${like}.`);
    if (!fits.test(text)) throw refuse(`${name} is "${text.slice(0, 200)}"; set it to ${like}.`);
    return text;
  };
  return {
    project: read("PROJECT"),
    zones: [...new Set(read("ZONES").split(/[\s,]+/))],
    dnsZone: read("DNS_ZONE"),
    domain: read("DOMAIN"),
    machineType: read("MACHINE_TYPE"),
    image: read("IMAGE"),
    diskGb: Number(read("DISK_GB")),
    network: read("NETWORK"),
    networkTag: read("NETWORK_TAG"),
    installation: read("INSTALLATION"),
    machinesMost: Number(read("MACHINES_MOST")),
    labels: readLabels(env.CLARATEACH_GCE_LABELS ?? "", refuse),
    authorities: readAuthorities(env, refuse),
    ...readFetched("AGENT", "agent", env, refuse),
    ...readFetched("SEATS", "seats", env, refuse),
    ...readSeatSettings(env, refuse),
    ...(env.CLARATEACH_GCE_API && { api: readApi(env.CLARATEACH_GCE_API, refuse) }),
  };
}

/** A slip of the hand would else be a default that nobody chose. */
function refuseUnknown(env: Env, refuse: (sentence: string) => Error): void {
  const known = [...Object.keys(SETTINGS), ...OTHERS].map((key) => PREFIX + key);
  const unknown = Object.keys(env).find((name) => name.startsWith(PREFIX) && !known.includes(name));
  if (unknown !== undefined) throw refuse(`${unknown} is no setting; set one of ${known.join(", ")}.`);
}

/** Ours say whose a thing is and until when (`ends`, of disks), and are looked for. */
const OWN_LABELS = ["managed-by", "installation", "workshop", "code", "ends"];
/** Google's most, 64, without ours. */
const LABELS_MOST = 64 - OWN_LABELS.length;
const LABEL = /^([a-z][a-z0-9_-]{0,62})=([a-z0-9_-]{0,63})$/;

function readLabels(text: string, refuse: (sentence: string) => Error): Record<string, string> {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  const labels = words.map((word): [string, string] => {
    const [, key = "", value = ""] = LABEL.exec(word) ?? [];
    const shown = `CLARATEACH_GCE_LABELS has "${word.slice(0, 200)}"`;
    if (OWN_LABELS.includes(key)) throw refuse(`${shown}; leave it out, ClaraTeach sets that label itself.`);
    if (key !== "") return [key, value];
    throw refuse(`${shown}; set each to key=value in lower-case letters, digits, _ and -, like cost-center=training.`);
  });
  const keys = labels.map(([key]) => key);
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) throw refuse(`CLARATEACH_GCE_LABELS has "${twice}" twice; say it once.`);
  if (labels.length > LABELS_MOST)
    throw refuse(`CLARATEACH_GCE_LABELS has ${labels.length} labels; set at most ${LABELS_MOST}, Google allows no more.`);
  return Object.fromEntries(labels);
}

/** An address and what it gives: one without the other can't be trusted. */
function readFetched<K extends "agent" | "seats">(
  key: string,
  name: K,
  env: Env,
  refuse: (sentence: string) => Error,
): { [key in K]?: { url: string; sha256: string } } {
  const [url = "", sha256 = ""] = [env[`CLARATEACH_GCE_${key}_URL`], env[`CLARATEACH_GCE_${key}_SHA256`]].map((text) =>
    text?.trim(),
  );
  if (url === "" && sha256 === "") return {};
  if (!/^https:\/\/[\x21-\x7e]{3,1000}$/.test(url))
    throw refuse(`CLARATEACH_GCE_${key}_URL is "${url.slice(0, 200)}"; set it to an https address that machines can fetch.`);
  if (!/^[0-9a-f]{64}$/.test(sha256))
    throw refuse(`CLARATEACH_GCE_${key}_SHA256 is "${sha256.slice(0, 200)}"; set it to the file's (sha256sum prints it).`);
  return { [name]: { url, sha256 } } as { [key in K]?: { url: string; sha256: string } };
}

/** Tokens go there unencrypted: nowhere but here. */
function readApi(text: string, refuse: (sentence: string) => Error): { host: string; port: number } {
  const port = Number(/^http:\/\/127\.0\.0\.1:(\d{1,5})$/.exec(text)?.[1]);
  if (port >= 1 && port <= 65535) return { host: "127.0.0.1", port };
  throw refuse(
    `CLARATEACH_GCE_API is "${text.slice(0, 200)}"; leave it out, or set it to an emulator's, like http://127.0.0.1:8799.`,
  );
}
