import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../contract/errors.ts";

/** Three forms of the same: what Node adds, what everything on OpenSSL or GnuTLS reads, what Chromium obeys. */
export interface Trust {
  extra: string;
  bundle: string;
  policy: string;
}

/** The public certificates: those of the machine, as Debian keeps them. */
const PUBLIC_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
const CERTIFICATE = /-----BEGIN CERTIFICATE-----\s*([A-Za-z0-9+/=\s]+?)\s*-----END CERTIFICATE-----/g;

/** @param file PEM with one or more certificates @throws Problem `INVALID_INPUT` when there is none in it */
export async function writeTrust(file: string, directory: string): Promise<Trust> {
  const text = await readFile(file, "utf8").catch((cause) => {
    throw new Problem("INVALID_INPUT", `CLARATEACH_TRUSTED_CA names "${file}", which can't be read.`, { cause });
  });
  const certificates = [...text.matchAll(CERTIFICATE)];
  if (certificates.length === 0)
    throw new Problem("INVALID_INPUT", `CLARATEACH_TRUSTED_CA names "${file}", which holds no certificate (PEM).`);
  const extra = `${certificates.map(([whole]) => whole).join("\n")}\n`;
  const policy = { CACertificates: certificates.map(([, base64 = ""]) => base64.replace(/\s/g, "")) };
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const trust = {
    extra: join(directory, "extra.pem"),
    bundle: join(directory, "bundle.pem"),
    policy: join(directory, "chromium.json"),
  };
  await writeFile(trust.extra, extra, { mode: 0o644 });
  await writeFile(trust.bundle, `${await readFile(PUBLIC_BUNDLE, "utf8").catch(() => "")}\n${extra}`, { mode: 0o644 });
  await writeFile(trust.policy, JSON.stringify(policy), { mode: 0o644 });
  return trust;
}
