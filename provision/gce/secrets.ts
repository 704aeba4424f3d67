import type { CallOptions, FoundSecret, PutOptions, Secrets } from "../cloud.ts";
import { ask } from "./calls.ts";
import { type Clients, oneAttempt } from "./clients.ts";
import { GoogleProblem } from "./problems.ts";
import { asLabel, type GoogleSettings, labelsOf, ownFilter } from "./settings.ts";

/** One secret a name, its newest version is the value; older ones are destroyed: each costs, and nobody needs them. */
export function openSecrets(settings: GoogleSettings, { secrets }: Pick<Clients, "secrets">): Required<Secrets> {
  const parent = `projects/${settings.project}`;
  // Two gateways in one project have keys of the same name.
  const idOf = (name: string) => `${settings.installation}-${name}`;
  const pathOf = (name: string) => `${parent}/secrets/${idOf(name)}`;

  async function put(name: string, value: string, { expiresAt, workshop, ...options }: PutOptions = {}): Promise<void> {
    const what = `seal "${name}"`;
    const labels = { ...labelsOf(settings), ...(workshop && { workshop: asLabel(workshop) }) };
    const secret = { labels, replication: { automatic: {} }, ...(expiresAt !== undefined && { expireTime: timeOf(expiresAt) }) };
    const make = () => secrets.createSecret({ parent, secretId: idOf(name), secret }, oneAttempt());
    await ask(what, make, options).catch(unless(409));
    // A version more for the same value is what a lost answer would leave.
    if ((await get(name, options)) === value) return;
    const add = () =>
      secrets.addSecretVersion({ parent: pathOf(name), payload: { data: Buffer.from(value, "utf8") } }, oneAttempt());
    const [{ name: newest }] = await ask(what, add, options);
    await destroyOthers(name, newest ?? "", options);
  }

  async function destroyOthers(name: string, newest: string, options: CallOptions): Promise<void> {
    const what = `destroy earlier values of "${name}"`;
    const list = () =>
      secrets.listSecretVersions({ parent: pathOf(name), filter: "state:ENABLED" }, { ...oneAttempt(), autoPaginate: false });
    const [versions] = await ask(what, list, options);
    const old = versions.map((version) => version.name ?? "").filter((version) => numberOf(version) < numberOf(newest));
    for (const version of old)
      await ask(what, () => secrets.destroySecretVersion({ name: version }, oneAttempt()), options).catch(unless(404));
  }

  async function get(name: string, options?: CallOptions): Promise<string | undefined> {
    const read = () => secrets.accessSecretVersion({ name: `${pathOf(name)}/versions/latest` }, oneAttempt());
    const found = await ask(`unseal "${name}"`, read, options).catch(unless(404));
    const data = found?.[0].payload?.data;
    return data === undefined || data === null ? undefined : Buffer.from(data as Uint8Array).toString("utf8");
  }

  return {
    put,
    get,
    find: async (name, options) => {
      const what = `look for "${name}"`;
      const look = () => secrets.getSecretVersion({ name: `${pathOf(name)}/versions/latest` }, oneAttempt());
      if ((await ask(what, look, options).catch(unless(404)))?.[0].state === "ENABLED") return "sealed";
      const lookAround = () => secrets.getSecret({ name: pathOf(name) }, oneAttempt());
      return (await ask(what, lookAround, options).catch(unless(404))) ? "empty" : undefined;
    },
    remove: async (name, options) => {
      await ask(`destroy "${name}"`, () => secrets.deleteSecret({ name: pathOf(name) }, oneAttempt()), options).catch(
        unless(404),
      );
    },
    keepUntil: async (name, expiresAt, options) => {
      const request = { secret: { name: pathOf(name), expireTime: timeOf(expiresAt) }, updateMask: { paths: ["expire_time"] } };
      await ask(`keep "${name}" longer`, () => secrets.updateSecret(request, oneAttempt()), options);
    },
    list: async (options) => {
      const prefix = `${idOf("")}`;
      const read = async (): Promise<FoundSecret[]> => {
        const found: FoundSecret[] = [];
        const filter = ownFilter(settings);
        for await (const { name, labels } of secrets.listSecretsAsync(
          { parent, filter },
          { ...oneAttempt(), autoPaginate: false },
        )) {
          const id = (name ?? "").split("/").at(-1) ?? "";
          const workshop = labels?.workshop;
          if (id.startsWith(prefix)) found.push({ name: id.slice(prefix.length), ...(workshop && { workshop }) });
        }
        return found;
      };
      return ask("list the secrets", read, options);
    },
  };
}

/** Versions are listed in no promised order. */
const numberOf = (version: string): number => Number(version.split("/").at(-1));
const timeOf = (milliseconds: number) => ({ seconds: Math.ceil(milliseconds / 1000) });

/** One refusal that is as good as success. */
const unless =
  (http: number) =>
  (error: unknown): undefined => {
    if (error instanceof GoogleProblem && error.http === http) return undefined;
    throw error;
  };
