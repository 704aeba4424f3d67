import { type Call, isObject, param, type Route } from "../call.ts";
import { checkLabels } from "../compute/limits.ts";
import { checked } from "../normal.ts";
import { invalid, notFound, Refusal } from "../refusal.ts";
import { readSchema } from "../schema.ts";
import type { World } from "../world.ts";
import { type Expiry, expiryOf, forget, watchExpiry } from "./expiry.ts";
import { paged, readFilter } from "./lists.ts";
import type { Secret } from "./state.ts";

const PROTOS = new URL("../../../../node_modules/@google-cloud/secret-manager/build/protos/protos.json", import.meta.url)
  .pathname;
export const SECRETS_SCHEMA = await readSchema(PROTOS, ["google", "cloud", "secretmanager", "v1"]);

const ID = /^[A-Za-z0-9_-]{1,255}$/;

/** By the project's number, though it was asked by its id. */
export const secretName = ({ number }: World, id: string): string => `projects/${number}/secrets/${id}`;

/** Quotes are in the string; `1` and the microseconds of the last write. */
export function newEtag(world: World): string {
  world.compute.counter += 1;
  return `"1${(world.clock.now() * 1000 + (world.compute.counter % 1000)).toString(16)}"`;
}

export function secretOf(call: Call): Secret {
  const { world } = call;
  const id = param(call, "secret");
  const secret = world.secrets.secrets.get(id);
  if (secret) return secret;
  throw notFound(`Secret [${secretName(world, id)}] not found.`);
}

/** @throws 400 FAILED_PRECONDITION when one is said and isn't the current one */
export function checkEtag(given: unknown, current: string): void {
  if (given === undefined || given === null || given === "" || given === current) return;
  throw new Refusal(400, "failedPrecondition", `The etag supplied "${given}" does not match the current etag "${current}".`, {
    rpc: "FAILED_PRECONDITION",
  });
}

function shown(world: World, { id, createTime, etag, labels, annotations, replication, expiresAt }: Secret): unknown {
  return {
    name: secretName(world, id),
    replication,
    createTime,
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
    etag,
    ...(expiresAt !== undefined && { expireTime: new Date(expiresAt).toISOString() }),
  };
}

interface SecretBody extends Expiry {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  replication?: Record<string, unknown>;
  etag?: string;
}

/** Real fields that the emulator does nothing about: better said than dropped. */
const MISSING = ["topics", "rotation", "versionAliases", "versionDestroyTtl", "customerManagedEncryption"];

function readBody(body: unknown): SecretBody {
  const wish = checked<SecretBody & Record<string, unknown>>(SECRETS_SCHEMA, "Secret", body ?? {}, "secret");
  const missing = MISSING.find((field) => field in wish);
  if (missing) throw new Refusal(501, "notImplemented", `The emulator's secrets have no ${missing}.`, { rpc: "UNIMPLEMENTED" });
  return wish;
}

function create(call: Call): unknown {
  const { world, query, body } = call;
  const id = query.get("secretId") ?? "";
  if (!ID.test(id)) throw invalid(`The provided Secret ID [${id}] does not match the expected format [[a-zA-Z_0-9]+].`);
  const { labels = {}, annotations = {}, replication, ...wish } = readBody(body);
  if (!isObject(replication?.automatic) && !hasReplicas(replication))
    throw invalid("Invalid value at 'secret.replication': The secret replication policy is required.");
  checkLabels(labels, "secret.labels");
  const expiresAt = expiryOf(world, wish);
  if (world.secrets.secrets.has(id)) throw new Refusal(409, "alreadyExists", `Secret [${secretName(world, id)}] already exists.`);
  const now = world.clock.now();
  const times = { createTime: new Date(now).toISOString(), ...(expiresAt !== undefined && { expiresAt }) };
  const secret: Secret = {
    id,
    labels,
    annotations,
    replication: replication ?? {},
    ...times,
    etag: newEtag(world),
    versions: [],
  };
  world.secrets.secrets.set(id, secret);
  world.history.made("secret", id, now, labels);
  watchExpiry(world, secret);
  return shown(world, secret);
}

const hasReplicas = (replication: Record<string, unknown> | undefined): boolean => {
  const managed = replication?.userManaged;
  return isObject(managed) && Array.isArray(managed.replicas) && managed.replicas.length > 0;
};

const CHANGEABLE = ["labels", "annotations", "ttl", "expire_time", "expireTime", "etag"];

function update(call: Call): unknown {
  const { world, query } = call;
  const body = readBody(call.body);
  const secret = secretOf(call);
  const mask = (query.get("updateMask") ?? "").replaceAll('"', "").split(",").filter(Boolean);
  if (mask.length === 0) throw invalid("The update mask is required.");
  const wrong = mask.find((field) => !CHANGEABLE.includes(field));
  if (wrong) throw invalid(`The field [${wrong}] is immutable or not a field of a secret.`);
  checkEtag(body.etag, secret.etag);
  if (mask.includes("labels")) {
    checkLabels(body.labels, "secret.labels");
    secret.labels = body.labels ?? {};
  }
  if (mask.includes("annotations")) secret.annotations = body.annotations ?? {};
  if (mask.some((field) => /^(ttl|expire_?time)$/i.test(field))) {
    const expiresAt = expiryOf(world, body);
    if (expiresAt === undefined) delete secret.expiresAt;
    else secret.expiresAt = expiresAt;
    watchExpiry(world, secret);
  }
  secret.etag = newEtag(world);
  return shown(world, secret);
}

function remove(call: Call): unknown {
  const secret = secretOf(call);
  checkEtag(call.query.get("etag"), secret.etag);
  forget(call.world, secret, call.world.clock.now(), "request");
  return {};
}

function list(call: Call): unknown {
  const { world, query } = call;
  const passes = readFilter<Secret>(query.get("filter") ?? "", ({ id, labels }, path) =>
    path.startsWith("labels.") ? labels[path.slice("labels.".length)] : id,
  );
  const own = [...world.secrets.secrets.values()].filter(passes).sort((a, b) => (a.id < b.id ? -1 : 1));
  const secrets = own.map((secret) => shown(world, secret));
  return paged(call, "secrets", secrets);
}

const ROOM = "/v1/projects/{project}/secrets";

export const secretRoutes: Route[] = [
  ["POST", ROOM, create],
  ["GET", ROOM, list],
  ["GET", `${ROOM}/{secret}`, (call) => shown(call.world, secretOf(call))],
  ["PATCH", `${ROOM}/{secret}`, update],
  ["DELETE", `${ROOM}/{secret}`, remove],
];
