import { nekoSettings } from "../agent/contract/neko.ts";

/** Agents read these; a machine in a cloud gets them with its metadata. None is a secret. */
const HANDED_ON = [
  "CLARATEACH_LLM_URL",
  "CLARATEACH_NPM_REGISTRY",
  "CLARATEACH_OUTBOUND",
  "CLARATEACH_OUTBOUND_ALLOW",
  "CLARATEACH_SEAT_MEMORY",
  "CLARATEACH_SEAT_CPUS",
  "CLARATEACH_SEAT_PIDS",
  "CLARATEACH_SEAT_DISK",
  "CLARATEACH_SEAT_SUBNETS",
  "CLARATEACH_ALLOWED_INTERFACES",
  // Each machine's own address comes from its metadata server.
  ...["CLARATEACH_NEKO_IMAGE", "CLARATEACH_NEKO_PORTS", "CLARATEACH_ICE_SERVERS"],
];
/** These name what a machine itself has to have: a file, an image, a program. */
const OF_AN_IMAGE = [
  ...["CLARATEACH_TRUSTED_CA", "CLARATEACH_SEAT_IMAGE", "CLARATEACH_DOCKER_SOCKET", "CLARATEACH_OCI_RUNTIME"],
  "CLARATEACH_DEVICE_ROOT",
  "CLARATEACH_MOUNT_SOURCES",
];

/** JSON has double quotes; a file of systemd's has such a value between single ones. */
const QUOTED: ReadonlySet<string> = new Set(["CLARATEACH_ICE_SERVERS"]);

/** What stands in a line of systemd's EnvironmentFile as it is: it takes quotes and backslashes for its own. */
const PLAIN = /^[\x20-\x7e]{1,60000}$/;

/**
 * What of the environment machines in a cloud are to know of seats; nothing of it is dropped without a word.
 * @param refuse makes the error of a setting that can't work
 * @throws what `refuse` makes, with one sentence
 */
export function readSeatSettings(
  env: Readonly<Record<string, string | undefined>>,
  refuse: (sentence: string) => Error,
): { seatSettings?: Record<string, string> } {
  const foreign = OF_AN_IMAGE.find((name) => env[name]);
  if (foreign !== undefined)
    throw refuse(
      `CLARATEACH_CLOUD is gce, whose machines don't get ${foreign} from here; leave it out, and set it in /etc/clarateach.env of a prepared image (provision/image/README.md).`,
    );
  if (env.CLARATEACH_NEKO_ADDRESS)
    throw refuse(
      "CLARATEACH_CLOUD is gce, and CLARATEACH_NEKO_ADDRESS is set; leave it out, each machine has an address of its own.",
    );
  requireNeko(env, refuse);
  const set = HANDED_ON.flatMap((name): [string, string][] => (env[name]?.trim() ? [[name, env[name].trim()]] : []));
  for (const [name, value] of set)
    if (!PLAIN.test(value) || (QUOTED.has(name) ? /['\\]/ : /["'\\]/).test(value))
      throw refuse(`${name} has a quote, a backslash, a line break or foreign letters in it; set it without.`);
  return set.length > 0 ? { seatSettings: Object.fromEntries(set) } : {};
}

/** Here, and not on every machine an hour later. */
function requireNeko(env: Readonly<Record<string, string | undefined>>, refuse: (sentence: string) => Error): void {
  try {
    nekoSettings(env);
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error));
  }
}
