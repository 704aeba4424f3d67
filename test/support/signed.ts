import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { selfSigned } from "../../agent/machine/certificate.ts";

/** What an authority would give for a request (PEM): a leaf with the names that it asks for, signed by somebody. */
export async function signed(csr: string): Promise<string> {
  const room = await mkdtemp(join(tmpdir(), "ct-signed-"));
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const [csrPath, keyPath, caPath] = ["csr.pem", "key.pem", "ca.pem"].map((name) => join(room, name)) as [string, string, string];
  await Promise.all([writeFile(csrPath, csr), writeFile(keyPath, key), writeFile(caPath, selfSigned(key, "authority"))]);
  const leaf = await openssl(
    "x509",
    "-req",
    "-in",
    csrPath,
    "-CA",
    caPath,
    "-CAkey",
    keyPath,
    "-days",
    "7",
    "-copy_extensions",
    "copy",
  );
  await rm(room, { recursive: true });
  return leaf;
}

/** @throws with its words when it doesn't go well */
export async function openssl(...args: string[]): Promise<string> {
  const child = Bun.spawn(["openssl", ...args], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [said, complaint] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  if ((await child.exited) !== 0) throw new Error(`openssl ${args[0]}: ${complaint}`);
  return said;
}
