import { createHash } from "node:crypto";
import type { Machine } from "./compute/state.ts";
import type { World } from "./world.ts";

const ROOT = "/computeMetadata/v1/";
/** `timeout_sec` may not be longer. */
const WAIT_MOST_MS = 300_000;
const LOOK_MS = 10;

export interface MetadataServer {
  port: number;
  end(): Promise<void>;
}

/**
 * What `metadata.google.internal` tells one machine. Without a service account there is none to ask a token of: 404.
 * @param account of a gateway that runs in Google's cloud; machines of workshops have none
 * @param at another address than one of this computer's
 */
export function startMetadataServer(
  world: World,
  machine: Machine,
  account?: { email: string; token: string },
  at: { hostname: string; port: number } = { hostname: "127.0.0.1", port: 0 },
): MetadataServer {
  const server = Bun.serve({
    ...at,
    idleTimeout: 0,
    fetch: (request) => answer(world, machine, account, request),
  });
  return { port: server.port as number, end: () => server.stop(true) };
}

type Account = Parameters<typeof startMetadataServer>[2];

const HEADERS = { "metadata-flavor": "Google", server: "Metadata Server for VM" };

async function answer(world: World, machine: Machine, account: Account, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const flavor = request.headers.get("metadata-flavor") === "Google";
  // The root is how libraries find out where they run.
  if (url.pathname === "/") return new Response("computeMetadata/\n", { headers: HEADERS });
  if (!flavor || request.headers.has("x-forwarded-for"))
    return new Response("Missing Metadata-Flavor:Google header.\n", { status: 403, headers: HEADERS });
  if (!url.pathname.startsWith(ROOT)) return new Response("Not Found\n", { status: 404, headers: HEADERS });
  const path = decodeURIComponent(url.pathname.slice(ROOT.length));
  if (request.method === "PUT") return putGuest(machine, path, await request.text());
  return read(() => treeOf(world, machine, account), path, url.searchParams, request.signal);
}

async function read(tree: () => Tree, path: string, query: URLSearchParams, signal: AbortSignal): Promise<Response> {
  const known = query.get("wait_for_change") === "true" ? (query.get("last_etag") ?? etagOf(at(tree(), path))) : undefined;
  const end = Date.now() + Math.min(WAIT_MOST_MS, Number(query.get("timeout_sec") ?? 0) * 1000 || WAIT_MOST_MS);
  while (known !== undefined && etagOf(at(tree(), path)) === known && Date.now() < end && !signal.aborted)
    await Bun.sleep(LOOK_MS);
  const found = at(tree(), path);
  if (found === undefined) return new Response("Not Found\n", { status: 404, headers: HEADERS });
  const headers = { ...HEADERS, etag: etagOf(found) };
  const isTree = typeof found === "object";
  if (isTree && (query.get("recursive") !== "true" || query.get("alt") === "text"))
    return new Response(listing(found), { headers: { ...headers, "content-type": "application/text" } });
  if (isTree || query.get("alt") === "json")
    return new Response(JSON.stringify(found), { headers: { ...headers, "content-type": "application/json" } });
  return new Response(String(found), { headers: { ...headers, "content-type": "application/text" } });
}

interface Tree {
  [name: string]: Tree | string | number;
}

function at(tree: Tree, path: string): Tree | string | number | undefined {
  let found: Tree | string | number | undefined = tree;
  for (const part of path.split("/").filter((each) => each !== ""))
    found = typeof found === "object" && Object.hasOwn(found, part) ? found[part] : undefined;
  return found;
}

const listing = (tree: Tree) =>
  Object.entries(tree)
    .map(([name, value]) => `${name}${typeof value === "object" ? "/" : ""}\n`)
    .join("");
const etagOf = (value: unknown) =>
  createHash("sha256")
    .update(JSON.stringify(value) ?? "")
    .digest("hex")
    .slice(0, 16);

function treeOf(world: World, { instance, zone, guest }: Machine, account: Account): Tree {
  const [nic] = instance.networkInterfaces;
  const external = nic?.accessConfigs?.[0]?.natIP ?? "";
  const attributes = Object.fromEntries((instance.metadata.items ?? []).map(({ key, value }) => [key, value]));
  const identity = account && {
    email: account.email,
    scopes: "https://www.googleapis.com/auth/cloud-platform\n",
    token: tokenOf(account),
  };
  return {
    instance: {
      attributes,
      id: instance.id,
      name: instance.name,
      hostname: `${instance.name}.${zone}.c.${world.project}.internal`,
      zone: `projects/${world.number}/zones/${zone}`,
      "machine-type": `projects/${world.number}/machineTypes/${String(instance.machineType).split("/").at(-1)}`,
      "network-interfaces": {
        "0": { ip: nic?.networkIP ?? "", "access-configs": { "0": { "external-ip": external, type: "ONE_TO_ONE_NAT" } } },
      },
      "guest-attributes": guestTree(guest),
      "service-accounts": identity ? { default: identity, [identity.email]: identity } : {},
      preempted: "FALSE",
      "maintenance-event": "NONE",
    },
    project: { "project-id": world.project, "numeric-project-id": world.number, attributes: {} },
  };
}

const tokenOf = ({ token }: { token: string }) => JSON.stringify({ access_token: token, expires_in: 3599, token_type: "Bearer" });

function guestTree(guest: ReadonlyMap<string, string>): Tree {
  const tree: Record<string, Tree> = {};
  for (const [path, value] of guest) {
    const [namespace = "", key = ""] = path.split("/");
    tree[namespace] = { ...tree[namespace], [key]: value };
  }
  return tree;
}

/** Only where the instance's metadata allows it. */
function putGuest(machine: Machine, path: string, value: string): Response {
  const [, namespace, key] = /^instance\/guest-attributes\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  const enabled = machine.instance.metadata.items?.find(({ key: name }) => name === "enable-guest-attributes")?.value;
  if (!namespace || !key) return new Response("Not Found\n", { status: 404, headers: HEADERS });
  if (enabled?.toUpperCase() !== "TRUE")
    return new Response("Guest attributes endpoint access is disabled.\n", { status: 403, headers: HEADERS });
  machine.guest.set(`${namespace}/${key}`, value);
  return new Response("", { headers: HEADERS });
}
