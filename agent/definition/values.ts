/** Attributes of plugs and slots: each of these makes the canonical value of what was written, or undefined. */

/** A seat's places for its learner (agent/seats): what is below is hers. */
const LEARNERS = ["/home/learner", "/workspace", "/project"];
export const LEARNER_ID = 1000;

export const belongsToLearner = (path: string): boolean =>
  LEARNERS.some((place) => path === place || path.startsWith(`${place}/`));

const PATH_LIMIT = 1024;

/** `$SDK` is the SDK's own folder in a seat, `$$` a dollar. Absolute and clean: no `..`, no `//`, no slash at the end. */
export function parsePath(text: string, sdk: string): string | undefined {
  let unknown = false;
  const path = text.replace(/\$(?:\$|SDK(?![A-Za-z0-9_])|)/g, (variable) => {
    if (variable === "$$") return "$";
    if (variable !== "$SDK") unknown = true;
    return `/var/lib/workshop/sdk/${sdk}`;
  });
  const clean = /^(?:\/(?!\.{1,2}(?:\/|$))[^/\n\t]+)+$/.test(path);
  return !unknown && clean && path.length <= PATH_LIMIT ? path : undefined;
}
export const PATH_SHAPE =
  "an absolute path without “..”, “//” or a slash at its end; $SDK stands for the SDK's own folder, $$ for a dollar";

/** So that it reads as the same path again. */
export const writePath = (path: string): string => path.replaceAll("$", "$$$$");

/** Permissions are octal however they are written; without the leading 0 nobody can know. */
export function parseMode(text: string): number | undefined {
  const digits = /^0o?([0-7]{1,4})$/.exec(text)?.[1];
  const mode = digits === undefined ? undefined : Number.parseInt(digits, 8);
  return mode !== undefined && mode <= 0o777 ? mode : undefined;
}
export const MODE_SHAPE = "permissions in octal, from 0o000 to 0o777, with the leading 0: 0o775";

export function parseId(text: string): number | undefined {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) < 65_535 ? Number(text) : undefined;
}
export const ID_SHAPE = "a whole number from 0 to 65534";

export const parseFlag = (text: string): boolean | undefined => (text === "true" ? true : text === "false" ? false : undefined);

/** As `lsusb` shows them. YAML would take some of them for numbers; the text is as it was written. */
export function parseUsbId(text: string): string | undefined {
  return /^(?:0x)?([0-9a-f]{4})$/i.exec(text)?.[1]?.toLowerCase();
}

/** `8080` → `127.0.0.1:8080/tcp`; a path or `@name` is a unix socket. The port may be left out: then it is the other end's. */
export function parseEndpoint(text: string): string | undefined {
  if (text.startsWith("@")) return /^@[\x21-\x7e]{1,100}$/.test(text) ? text : undefined;
  if (text.startsWith("/")) return text.length <= SOCKET_PATH_LIMIT ? parsePath(text.replaceAll("$", "$$$$"), "") : undefined;
  const [, address, protocol = "tcp"] = /^([^/]+)(?:\/(tcp|udp))?$/.exec(text) ?? [];
  if (address === undefined) return undefined;
  if (/^\d+$/.test(address)) return withPort("127.0.0.1", address, protocol);
  const [, host = "", port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(address) ?? [];
  const canonical = parseHost(host);
  if (canonical === undefined) return undefined;
  return port === undefined ? `${canonical}/${protocol}` : withPort(canonical, port, protocol);
}
export const ENDPOINT_SHAPE =
  "a port (8080), an address with one (127.0.0.1:8080/tcp, [::1]:53/udp), the absolute path of a socket, or @name; names are not looked up";

/** What the kernel takes for a unix socket's path. */
const SOCKET_PATH_LIMIT = 107;

const OCTET = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)";
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);

/** IPv6 in its shortest form, which addresses on the web have too. */
function parseHost(host: string): string | undefined {
  if (host === "localhost") return "127.0.0.1";
  if (IPV4.test(host)) return host;
  return /^\[[0-9a-f:.]+\]$/i.test(host) ? URL.parse(`http://${host}`)?.hostname : undefined;
}

function withPort(host: string, digits: string, protocol: string): string | undefined {
  const port = Number(digits);
  return digits.length <= 5 && port >= 1 && port <= 65_535 ? `${host}:${port}/${protocol}` : undefined;
}

export const portOf = (endpoint: string): number | undefined => {
  const port = /:(\d+)\/(?:tcp|udp)$/.exec(endpoint)?.[1];
  return port === undefined ? undefined : Number(port);
};

/** `[track/]risk[/branch]` → all of it that counts: `20` → `20/stable`, `edge` → `latest/edge`. */
export function parseChannel(text: string): string | undefined {
  const parts = text.split("/");
  if (parts.length > 3 || !parts.every((part) => /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,39})$/.test(part))) return undefined;
  const [first = "", second, third] = parts;
  if (isRisk(first))
    return third === undefined ? ["latest", first, ...(second === undefined ? [] : [second])].join("/") : undefined;
  if (second === undefined) return `${first}/stable`;
  return isRisk(second) ? text : undefined;
}
export const RISKS = ["stable", "candidate", "beta", "edge"];
export const CHANNEL_SHAPE = `[track/]risk[/branch] with ${RISKS.join(", ")} for a risk: latest/stable, 20/edge`;

const isRisk = (text: string): boolean => RISKS.includes(text);
