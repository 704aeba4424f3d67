import { afterEach, beforeEach, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MachineDocument } from "../../../agent/contract/machine.ts";
import { type Front, startFront } from "../../../agent/front/front.ts";
import { type Door, openDoor } from "../../../agent/machine/door.ts";
import { openssl, signed } from "../../support/signed.ts";
import { until } from "../../support/until.ts";
import { freePort } from "../../support/world.ts";

const HOST = "ws-abc123.ws.example.com";
let directory: string;
let document: Partial<MachineDocument>;
let troubles: string[];
let ports: [number, number];
const opened: (Door | Front | { stop(): void })[] = [];
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "ct-door-"));
  document = { publicHost: HOST };
  troubles = [];
  ports = [await freePort(), await freePort()];
});
afterEach(() => {
  for (const one of opened.splice(0)) "close" in one ? one.close() : one.stop();
  rmSync(directory, { recursive: true });
});

function open(): Door {
  const trouble = (error: unknown) => void troubles.push(String(error));
  const door = openDoor({ directory, document: () => document as MachineDocument, ports, changed: () => {}, trouble });
  opened.push(door);
  return door;
}

test("a request names the machine and all names below it, is signed by a key that stays here, and is the same after a restart", async () => {
  const { csr = "" } = open().report();
  writeFileSync(join(directory, "csr.pem"), csr);
  const text = await openssl("req", "-in", join(directory, "csr.pem"), "-noout", "-text", "-verify");
  expect(text).toContain(`DNS:${HOST}, DNS:*.${HOST}`);
  expect(text).toContain("prime256v1");
  expect(statSync(join(directory, "identity", "public-key.pem")).mode & 0o777).toBe(0o600);
  const key = readFileSync(join(directory, "identity", "public-key.pem"), "utf8");
  open();
  expect(readFileSync(join(directory, "identity", "public-key.pem"), "utf8")).toBe(key);
});

test("without a public name there is nothing to ask for", () => {
  document = {};
  expect(open().report()).toEqual({});
});

test("the front beside it opens with the chain, leads to learners' port, and only then the report says so; a renewed one takes its place", async () => {
  const learners = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("the workspace") });
  opened.push({ stop: () => void learners.stop(true) });
  const door = open();
  door.leadTo(learners.port as number);
  opened.push(startFront(join(directory, "front"), (error) => void troubles.push(String(error))));
  const { csr = "" } = door.report();
  for (let round = 0; round < 2; round++) {
    const chain = await signed(csr);
    document = { ...document, chain };
    door.look();
    const wanted = new X509Certificate(chain).fingerprint256;
    await until("the door", () => door.report().shown === wanted);
  }
  const answer = await fetch(`https://127.0.0.1:${ports[1]}/`, {
    headers: { host: HOST },
    tls: { rejectUnauthorized: false, serverName: HOST },
    keepalive: false,
  } as RequestInit);
  expect(await answer.text()).toBe("the workspace");
  const moved = await fetch(`http://127.0.0.1:${ports[0]}/vm/01/`, { headers: { host: HOST }, redirect: "manual" });
  expect([moved.status, moved.headers.get("location")]).toEqual([308, `https://${HOST}:${ports[1]}/vm/01/`]);
  expect(troubles).toEqual([]);
});

test("a chain of another key, or what is none, is refused; the door goes on with the one before", async () => {
  const door = open();
  door.leadTo(1);
  document = { ...document, chain: await signed(door.report().csr ?? "") };
  door.look();
  const before = readFileSync(join(directory, "front", "machine.pem"), "utf8");
  const other = openDoor({
    directory: mkdtempSync(join(directory, "other-")),
    document: () => document as MachineDocument,
    ...{ ports, changed: () => {}, trouble: () => {} },
  });
  opened.push(other);
  for (const chain of [await signed(other.report().csr ?? ""), "nonsense"]) {
    document = { ...document, chain };
    door.look();
  }
  expect(troubles).toHaveLength(2);
  expect(troubles[0]).toContain("belongs to another key");
  expect(readFileSync(join(directory, "front", "machine.pem"), "utf8")).toBe(before);
});
