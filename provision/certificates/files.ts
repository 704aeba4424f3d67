import { X509Certificate } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { FOR_GROUP, replaceFile } from "../durable.ts";
import type { Account, Accounts } from "./account.ts";

/** Keys and chains of public names: one file each, `<host>.pem`, for the owner and whoever the directory lets in. */
export interface CertificateFiles extends Accounts {
  path(host: string): string;
  hosts(): Promise<string[]>;
  /** Undefined when there is none, or none that can be read. */
  read(host: string): Promise<{ fingerprint: string; from: number; until: number } | undefined>;
  /** Replaces it whole: a key never stands beside another one's chain. */
  write(host: string, key: string, chain: string): Promise<void>;
  /** None is fine. */
  remove(host: string): Promise<void>;
}

/** @throws when the directory can't be written */
export async function openFiles(room: string): Promise<CertificateFiles> {
  await mkdir(room, { recursive: true, mode: 0o700 });
  const path = (host: string) => join(room, `${checked(host)}.pem`);
  return {
    path,
    hosts: async () => (await readdir(room)).flatMap((name) => (name.endsWith(".pem") ? [name.slice(0, -4)] : [])),
    read: async (host) => {
      try {
        const text = await readFile(path(host), "utf8");
        const { fingerprint256, validFrom, validTo } = new X509Certificate(text.slice(text.indexOf("-----BEGIN CERTIFICATE")));
        return { fingerprint: fingerprint256, from: Date.parse(validFrom), until: Date.parse(validTo) };
      } catch {
        return undefined;
      }
    },
    write: (host, key, chain) => replaceFile(path(host), `${key.trim()}\n${chain.trim()}\n`, FOR_GROUP),
    remove: (host) => rm(path(host), { force: true }),
    account: async (name) => {
      const known = await readFile(join(room, `${name}.account`), "utf8").catch(() => undefined);
      return known === undefined ? undefined : (JSON.parse(known) as Account);
    },
    saveAccount: (name, account) => replaceFile(join(room, `${name}.account`), JSON.stringify(account)),
  };
}

function checked(host: string): string {
  if (/^[a-z0-9][a-z0-9.-]{0,252}$/.test(host) && !host.includes("..")) return host;
  throw new Error(`no certificate can be had for "${host}": use a host name in lower case`);
}
