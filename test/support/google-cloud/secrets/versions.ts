import { type Call, param, type Route } from "../call.ts";
import { checked } from "../normal.ts";
import { invalid, notFound, Refusal } from "../refusal.ts";
import type { World } from "../world.ts";
import { crc32c } from "./crc32c.ts";
import { paged, readFilter } from "./lists.ts";
import { checkEtag, newEtag, SECRETS_SCHEMA, secretName, secretOf } from "./secrets.ts";
import type { Secret, SecretVersion } from "./state.ts";

const PAYLOAD_MOST = 64 * 1024;

const versionName = (world: World, secret: string, version: string | number) =>
  `${secretName(world, secret)}/versions/${version}`;

function shown(
  world: World,
  { id, replication }: Secret,
  { number, state, createTime, destroyTime, etag, checked }: SecretVersion,
) {
  return {
    ...{ name: versionName(world, id, number), createTime, state, etag },
    ...(destroyTime && { destroyTime }),
    replicationStatus: replication.userManaged ? { userManaged: { replicas: [] } } : { automatic: {} },
    clientSpecifiedPayloadChecksum: checked,
  };
}

function add(call: Call): unknown {
  const { world, body } = call;
  const secret = secretOf(call);
  type Wish = { payload?: { data?: string; dataCrc32c?: string } };
  const { payload } = checked<Wish>(SECRETS_SCHEMA, "AddSecretVersionRequest", body ?? {}, "");
  if (payload?.data === undefined) throw invalid("The payload is required.");
  const data = Buffer.from(payload.data, "base64");
  if (data.length > PAYLOAD_MOST) throw invalid(`The payload is ${data.length} bytes; the limit is ${PAYLOAD_MOST}.`);
  if (payload.dataCrc32c !== undefined && Number(payload.dataCrc32c) !== crc32c(data))
    throw invalid("The payload's checksum does not match: data corruption was detected.");
  const createTime = new Date(world.clock.now()).toISOString();
  const version: SecretVersion = {
    number: secret.versions.length + 1,
    state: "ENABLED",
    createTime,
    etag: newEtag(world),
    data,
    checked: payload.dataCrc32c !== undefined,
  };
  secret.versions.push(version);
  secret.etag = newEtag(world);
  world.history.made("secretVersion", `${secret.id}/versions/${version.number}`, world.clock.now());
  return shown(world, secret, version);
}

function versionOf(call: Call): { secret: Secret; version: SecretVersion } {
  const { world, params } = call;
  const name = param(call, "version");
  const secret = world.secrets.secrets.get(params.secret ?? "");
  const version = name === "latest" ? secret?.versions.at(-1) : secret?.versions.find(({ number }) => String(number) === name);
  if (secret && version) return { secret, version };
  throw notFound(`Secret Version [${versionName(world, params.secret ?? "", name)}] not found.`);
}

function access(call: Call): unknown {
  const { world } = call;
  const { secret, version } = versionOf(call);
  const name = versionName(world, secret.id, version.number);
  if (version.state !== "ENABLED" || !version.data)
    throw new Refusal(400, "failedPrecondition", `Secret Version [${name}] is in ${version.state} state.`, {
      rpc: "FAILED_PRECONDITION",
    });
  return { name, payload: { data: version.data.toString("base64"), dataCrc32c: String(crc32c(version.data)) } };
}

const REQUESTS: Record<SecretVersion["state"], string> = {
  ENABLED: "EnableSecretVersionRequest",
  DISABLED: "DisableSecretVersionRequest",
  DESTROYED: "DestroySecretVersionRequest",
};

function move(state: SecretVersion["state"]): (call: Call) => unknown {
  return (call) => {
    const { world, body } = call;
    const { secret, version } = versionOf(call);
    const { etag } = checked<{ etag?: string }>(SECRETS_SCHEMA, REQUESTS[state], body ?? {}, "");
    checkEtag(etag, version.etag);
    if (version.state === "DESTROYED" && state !== "DESTROYED")
      throw new Refusal(
        400,
        "failedPrecondition",
        `Secret Version [${versionName(world, secret.id, version.number)}] is in DESTROYED state.`,
        {
          rpc: "FAILED_PRECONDITION",
        },
      );
    Object.assign(version, { state, etag: newEtag(world) });
    if (state !== "DESTROYED") return shown(world, secret, version);
    delete version.data;
    version.destroyTime ??= new Date(world.clock.now()).toISOString();
    world.history.gone("secretVersion", `${secret.id}/versions/${version.number}`, world.clock.now(), "request");
    return shown(world, secret, version);
  };
}

/** The newest first. */
function list(call: Call): unknown {
  const secret = secretOf(call);
  const passes = readFilter<SecretVersion>(call.query.get("filter") ?? "", ({ state }, path) =>
    path === "state" ? state : undefined,
  );
  const own = secret.versions.toReversed().filter(passes);
  return paged(
    call,
    "versions",
    own.map((version) => shown(call.world, secret, version)),
  );
}

const SECRET = "/v1/projects/{project}/secrets/{secret}";
const ONE = `${SECRET}/versions/{version}`;

export const versionRoutes: Route[] = [
  ["POST", `${SECRET}:addVersion`, add],
  ["GET", `${SECRET}/versions`, list],
  [
    "GET",
    ONE,
    (call) => {
      const { secret, version } = versionOf(call);
      return shown(call.world, secret, version);
    },
  ],
  ["GET", `${ONE}:access`, access],
  ["POST", `${ONE}:enable`, move("ENABLED")],
  ["POST", `${ONE}:disable`, move("DISABLED")],
  ["POST", `${ONE}:destroy`, move("DESTROYED")],
];
