import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import type { FrontDocument } from "../../../agent/contract/front.ts";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";
import { signed } from "../../support/signed.ts";
import { freePort } from "../../support/world.ts";

const HOST = "ws-abc123.ws.example.com";
let agent: TestAgent;
let ports: { plane: number; http: number; https: number };
beforeAll(async () => {
  ports = { plane: await freePort(), http: await freePort(), https: await freePort() };
  agent = await startTestAgent(1, { publicHost: HOST }, ports);
});
afterAll(() => agent.end());

const wishOfFront = () => JSON.parse(readFileSync(join(agent.directory, "front", "front.json"), "utf8")) as FrontDocument;

test("a machine of its own has its plane where the gateway looks for it, at every address; learners' port stays on loopback", async () => {
  expect(agent.address().plane.port).toBe(ports.plane);
  const outside = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .find(({ internal, family }) => !internal && family === "IPv4");
  const hosts = ["127.0.0.2", ...(outside ? [outside.address] : [])];
  for (const host of hosts) {
    const url = `https://${host}:${ports.plane}/v1/report`;
    expect((await fetch(url, { tls: { rejectUnauthorized: false }, keepalive: false })).status, host).toBe(401);
    await expect(fetch(`http://${host}:${agent.address().public.port}/healthz`)).rejects.toThrow();
  }
});

test("its report has the request, the document brings the chain, and the front is told both", async () => {
  const { csr = "", shown } = await agent.report();
  expect(csr).toStartWith("-----BEGIN CERTIFICATE REQUEST-----");
  expect(shown).toBeUndefined();
  const upstream = `127.0.0.1:${agent.address().public.port}`;
  expect(wishOfFront()).toMatchObject({ machines: [{ host: HOST, upstream }], certificates: [] });
  const chain = await signed(csr);
  expect((await agent.put({ chain })).status).toBe(200);
  const [certificate] = wishOfFront().certificates;
  expect(certificate?.host).toBe(HOST);
  expect(readFileSync(certificate?.path ?? "", "utf8")).toContain(chain.trim());
  expect(JSON.stringify(await agent.report())).not.toContain("PRIVATE");
});
