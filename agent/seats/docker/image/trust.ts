import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../../contract/errors.ts";
import type { Mount } from "../client/types.ts";
import { bindReadOnly } from "../container/mounts.ts";

/** The certificates given, on the machine, in the forms that programs read: what Node adds, what OpenSSL and GnuTLS read, Chromium's policy. */
export interface Trust {
  /** Has them all, and apt's setting. */
  directory: string;
  extra: string;
  bundle: string;
  policy: string;
}

/** The public certificates: those of the machine, as Debian keeps them; a seat reads its own at the same place. */
const SYSTEM_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
const EXTRA_IN_SEAT = "/etc/clarateach-ca.pem";
/** Chromium reads no bundle, but its managed policies. */
const CHROMIUM_POLICY = "/etc/chromium/policies/managed/clarateach-ca.json";
const IN_BUILDER = "/run/clarateach-ca";
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
  const write = async (name: string, content: string) => {
    await writeFile(join(directory, name), content, { mode: 0o644 });
    return join(directory, name);
  };
  await write("apt.conf", `Acquire::https::CAInfo "${IN_BUILDER}/bundle.pem";\n`);
  return {
    directory,
    extra: await write("extra.pem", extra),
    bundle: await write("bundle.pem", `${await publicBundle()}\n${extra}`),
    policy: await write("chromium.json", JSON.stringify(policy)),
  };
}

/** Without it seats would trust the class's own authority and nobody else. */
const publicBundle = (): Promise<string> =>
  readFile(SYSTEM_BUNDLE, "utf8").catch((cause) => {
    throw new Problem("INVALID_INPUT", `"${SYSTEM_BUNDLE}" isn't there. sudo apt install ca-certificates brings it.`, { cause });
  });

export const seatTrustMounts = ({ extra, bundle, policy }: Trust): Mount[] => [
  bindReadOnly(extra, EXTRA_IN_SEAT),
  bindReadOnly(bundle, SYSTEM_BUNDLE),
  bindReadOnly(policy, CHROMIUM_POLICY),
];

export const seatTrustEnvironment = (): Record<string, string> => environment(EXTRA_IN_SEAT, SYSTEM_BUNDLE);

/** The system's own bundle is left alone there: a package that writes it anew can't where something is mounted. */
export const builderTrustMounts = ({ directory }: Trust): Mount[] => [bindReadOnly(directory, IN_BUILDER)];

export const builderTrustEnvironment = (): Record<string, string> => ({
  ...environment(`${IN_BUILDER}/extra.pem`, `${IN_BUILDER}/bundle.pem`),
  APT_CONFIG: `${IN_BUILDER}/apt.conf`,
});

/** Around a builder's work: Debian's way into the system store, and out of it again, for a class without the setting must not trust it. */
export const TRUST_IN_BUILDER = `mkdir -p /usr/local/share/ca-certificates
cp ${IN_BUILDER}/extra.pem /usr/local/share/ca-certificates/clarateach.crt
if command -v update-ca-certificates >/dev/null; then update-ca-certificates >/dev/null; fi`;
export const DISTRUST_IN_BUILDER = `rm -f /usr/local/share/ca-certificates/clarateach.crt
if command -v update-ca-certificates >/dev/null; then update-ca-certificates --fresh >/dev/null; fi`;

const environment = (extra: string, bundle: string): Record<string, string> => ({
  NODE_EXTRA_CA_CERTS: extra,
  SSL_CERT_FILE: bundle,
  REQUESTS_CA_BUNDLE: bundle,
  CURL_CA_BUNDLE: bundle,
  GIT_SSL_CAINFO: bundle,
  PIP_CERT: bundle,
});
