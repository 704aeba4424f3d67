import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Secrets } from "../cloud.ts";
import { present, replaceFile, writeFile } from "../durable.ts";

/** AES-256-GCM: a nonce of 12 bytes, a tag of 16 (NIST SP 800-38D). */
const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/**
 * Secrets as sealed files under `data/secrets`, the key beside them in `data/seal.key`, readable by the owner only: a copy of one
 * directory or a backup of the secrets alone gives nothing away.
 * @throws when the directory can't be written or the key file is damaged
 */
export async function openSecrets(data: string): Promise<Secrets> {
  const room = join(data, "secrets");
  await mkdir(room, { recursive: true, mode: 0o700 });
  const key = await sealKey(join(data, "seal.key"));
  const pathOf = (name: string) => join(room, checked(name));
  return {
    put: async (name, value) => replaceFile(pathOf(name), seal(key, name, value)),
    get: async (name) => {
      const sealed = await present(readFile(pathOf(name)));
      return sealed && unseal(key, name, sealed);
    },
    find: async (name) => ((await present(stat(pathOf(name)))) ? "sealed" : undefined),
    remove: async (name) => rm(pathOf(name), { force: true }),
  };
}

/** Made at the first use; two that start at once agree, because only one of them can link its key to the name. */
async function sealKey(path: string): Promise<Buffer> {
  let key = await present(readFile(path));
  if (!key) {
    const own = `${path}.${randomBytes(6).toString("hex")}`;
    await writeFile(own, randomBytes(KEY_BYTES));
    await link(own, path).catch((error) => {
      if (error.code !== "EEXIST") throw error;
    });
    await rm(own);
    key = await readFile(path);
  }
  if (key.length === KEY_BYTES) return key;
  throw new Error(
    `the seal "${path}" has ${key.length} bytes instead of ${KEY_BYTES}: restore it, without it no API key can be read`,
  );
}

/** The name is sealed in: a file moved to another name doesn't open. */
function seal(key: Buffer, name: string, value: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(name));
  const body = Buffer.concat([cipher.update(value, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

function unseal(key: Buffer, name: string, sealed: Buffer): string {
  const [tagAt, bodyAt] = [NONCE_BYTES, NONCE_BYTES + TAG_BYTES];
  try {
    const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, tagAt), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(name)).setAuthTag(sealed.subarray(tagAt, bodyAt));
    return Buffer.concat([decipher.update(sealed.subarray(bodyAt)), decipher.final()]).toString("utf8");
  } catch (cause) {
    throw new Error(`the secret "${name}" can't be unsealed: it was damaged, or sealed under another key`, { cause });
  }
}

function checked(name: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,99}$/.test(name)) return name;
  throw new Error(`a secret can't be called "${name}": use a-z, 0-9 and -, at most 100 of them`);
}
