import { afterAll, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { helloMac } from "../../../agent/contract/hello.ts";
import { hello, openIdentity } from "../../../agent/machine/identity.ts";

const dir = await mkdtemp(join(tmpdir(), "ct-identity-"));
afterAll(() => rmSync(dir, { recursive: true }));
const identity = openIdentity(dir, "clarateach-ws-abc123");

test("the certificate is the machine's own and holds for longer than any class", () => {
  const certificate = new X509Certificate(identity.certificate);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.checkHost("clarateach-ws-abc123")).toBeDefined();
  expect(certificate.checkHost("localhost")).toBeDefined();
  expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(certificate.validToDate.getTime()).toBeGreaterThan(Date.now() + 9 * 365 * 24 * 3600_000);
  expect(certificate.validFromDate.getTime()).toBeLessThan(Date.now());
});

test("a client that pins it talks to the machine and to nobody else", async () => {
  const other = openIdentity(await mkdtemp(join(dir, "other-")), "clarateach-ws-abc123");
  const serve = ({ key, certificate }: typeof identity) =>
    Bun.serve({ port: 0, hostname: "127.0.0.1", tls: { key, cert: certificate }, fetch: () => new Response("here") });
  const [own, foreign] = [serve(identity), serve(other)];
  const ask = (port: number | undefined) =>
    fetch(`https://127.0.0.1:${port}/`, { tls: { ca: identity.certificate }, keepalive: false }).then((answer) => answer.text());
  expect(await ask(own.port)).toBe("here");
  expect(ask(foreign.port)).rejects.toThrow(/certificate|self.signed|verif/i);
  await Promise.all([own.stop(true), foreign.stop(true)]);
});

test("openssl reads it too", async () => {
  const openssl = Bun.spawn(["openssl", "x509", "-noout", "-subject", "-ext", "subjectAltName"], {
    stdin: Buffer.from(identity.certificate),
    stderr: "pipe",
  });
  const said = await new Response(openssl.stdout).text();
  expect(said).toContain("CN = clarateach-ws-abc123");
  expect(said).toContain("DNS:clarateach-ws-abc123, DNS:localhost, IP Address:127.0.0.1");
});

test("it stays the same, and only its owner reads it", () => {
  expect(openIdentity(dir, "clarateach-ws-abc123")).toEqual(identity);
  expect(statSync(join(dir, "identity")).mode & 0o777).toBe(0o700);
  expect(statSync(join(dir, "identity/identity.json")).mode & 0o777).toBe(0o600);
});

test("a damaged one is never replaced by a new one", () => {
  writeFileSync(join(dir, "identity/identity.json"), "{}");
  expect(() => openIdentity(dir, "clarateach-ws-abc123")).toThrow(/identity.*is incomplete/);
});

test("hello proves the certificate with the nonce, and says nothing without one", () => {
  const [nonce, challenge] = ["cd".repeat(32), "01".repeat(32)];
  expect(hello(identity, nonce, challenge)?.mac).toBe(helloMac(nonce, challenge, identity.certificate));
  expect(hello(identity, undefined, challenge)).toBeUndefined();
});
