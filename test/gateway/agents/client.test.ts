import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { helloMac } from "../../../agent/contract/hello.ts";
import { type Identity, openIdentity } from "../../../agent/machine/identity.ts";
import { AgentClient, type MachineAddress } from "../../../gateway/agents/client.ts";
import { REPORT } from "./reports.ts";

const NONCE = "ab".repeat(32);
const NAME = "clarateach-ws-abc123";
let directory: string;
let own: Identity;
let other: Identity;
let server: Bun.Server<undefined>;
let answerWith: (request: Request) => Response | Promise<Response>;
const client = new AgentClient(async (machine) => `token-for-${machine}`);
const machine = (certificate: string): MachineAddress => ({
  name: NAME,
  certificate,
  plane: { host: "127.0.0.1", port: server.port ?? 0 },
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "clarateach-client-"));
  [own, other] = [openIdentity(join(directory, "own"), NAME), openIdentity(join(directory, "other"), NAME)];
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    tls: { key: own.key, cert: own.certificate },
    fetch: (request, self) => (self.upgrade(request) ? undefined : answerWith(request)),
    websocket: { open: (socket) => void socket.send('{"type":"changed"}'), message: () => {} },
  });
});
afterAll(async () => {
  await server.stop(true);
  await rm(directory, { recursive: true, force: true });
});

const greeting = (nonce: string, certificate: string) => (request: Request) => {
  const challenge = new URL(request.url).searchParams.get("challenge") ?? "";
  return Response.json({ certificate, mac: helloMac(nonce, challenge, certificate) });
};

test("hello believes who knows the nonce, and nobody else", async () => {
  const { plane } = machine("");
  answerWith = greeting(NONCE, own.certificate);
  expect(await client.hello(NAME, plane, NONCE)).toBe(own.certificate);
  for (const wrong of [
    greeting("cd".repeat(32), own.certificate),
    () => Response.json({ certificate: own.certificate, mac: "" }),
    () => Response.json({ certificate: own.certificate, mac: "zz".repeat(32) }),
    () => Response.json({ mac: 7 }),
    () => Response.json(null),
    () => new Response("hello"),
    // Of a machine that was broken into before it was greeted: it knows the nonce.
    greeting(NONCE, "no certificate"),
    greeting(NONCE, `${own.certificate}${"\n".repeat(20_000)}`),
  ]) {
    answerWith = wrong;
    await expect(client.hello(NAME, plane, NONCE)).rejects.toThrow();
  }
});

test("an answer to another challenge is worth nothing", async () => {
  answerWith = () => Response.json({ certificate: own.certificate, mac: helloMac(NONCE, "00".repeat(32), own.certificate) });
  await expect(client.hello(NAME, machine("").plane, NONCE)).rejects.toThrow("its proof is wrong");
});

test("the pinned certificate is the only one that is taken, for calls and for the socket", async () => {
  answerWith = (request) => Response.json({ ...REPORT, authorization: request.headers.get("authorization") });
  expect(await client.report(machine(own.certificate))).toMatchObject({ authorization: `Bearer token-for-${NAME}` });
  let reached = false;
  answerWith = () => {
    reached = true;
    return Response.json({});
  };
  await expect(client.report(machine(other.certificate))).rejects.toThrow();
  expect(reached).toBe(false);
  expect(await firstMessage(await client.events(machine(own.certificate)))).toBe('{"type":"changed"}');
  expect(await firstMessage(await client.events(machine(other.certificate)))).toBe("refused");
});

test("a machine's problem keeps its code and message; nonsense is UNAVAILABLE", async () => {
  answerWith = () => Response.json({ error: { code: "STATE_CONFLICT", message: "older than what is known" } }, { status: 409 });
  await expect(client.report(machine(own.certificate))).rejects.toMatchObject({
    code: "STATE_CONFLICT",
    message: "older than what is known",
  });
  const nested = '{"error":{"code":["CONFLICT"],"message":{"length":1}}}';
  for (const body of ["<html>", '{"error":{"code":"toString"}}', '{"error":7}', "null", nested]) {
    answerWith = () => new Response(body, { status: 500 });
    const message = expect.stringContaining("The machine answered 500");
    await expect(client.report(machine(own.certificate))).rejects.toMatchObject({ code: "UNAVAILABLE", message });
  }
  answerWith = () => Response.json({ error: { code: "CONFLICT", message: "x".repeat(100_000) } }, { status: 409 });
  const said = await client.report(machine(own.certificate)).catch((error: Error) => error.message);
  expect(said).toHaveLength(2000);
});

test("an endless answer is cut, a silent machine is given up", async () => {
  answerWith = () => new Response(new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(64 * 1024).fill(32)) }));
  await expect(client.report(machine(own.certificate))).rejects.toThrow(`longer than ${2 * 1024 ** 2} bytes`);
  await expect(client.document(machine(own.certificate))).rejects.toThrow(`longer than ${512 * 1024} bytes`);
  answerWith = () => new Response(" ".repeat(600 * 1024), { status: 500 });
  await expect(client.report(machine(own.certificate))).rejects.toThrow(`longer than ${512 * 1024} bytes`);
  answerWith = () => new Promise(() => {});
  await expect(client.report(machine(own.certificate), 100)).rejects.toMatchObject({ name: "TimeoutError" });
});

test("a machine can't send the gateway elsewhere", async () => {
  let followed = false;
  answerWith = ({ url }) => {
    followed ||= url.endsWith("/elsewhere");
    return Response.redirect(`https://127.0.0.1:${server.port}/elsewhere`);
  };
  await expect(client.report(machine(own.certificate))).rejects.toThrow();
  expect(followed).toBe(false);
});

function firstMessage(socket: WebSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.onmessage = ({ data }) => {
      resolve(String(data));
      socket.close();
    };
    socket.onclose = () => resolve("refused");
  });
}
