/** What strangers on the Internet can do to the door of a machine. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FrontDocument } from "../../../agent/contract/front.ts";
import { type Front, startFront } from "../../../agent/front/front.ts";
import { selfSigned } from "../../../agent/machine/certificate.ts";
import { sendRaw } from "../../support/raw.ts";
import { until } from "../../support/until.ts";
import { freePort } from "../../support/world.ts";

const MACHINE = "ws-abc123.class.test";
const directory = mkdtempSync(join(tmpdir(), "ct-strangers-"));
let [http, https] = [0, 0];
let front: Front;
beforeAll(async () => {
  [http, https] = [await freePort(), await freePort()];
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const path = join(directory, "machine.pem");
  writeFileSync(path, key + selfSigned(key, MACHINE));
  const wish: FrontDocument = {
    version: 1,
    listen: { address: "127.0.0.1", http, https },
    // Nobody listens there.
    machines: [{ host: MACHINE, upstream: "127.0.0.1:9" }],
    certificates: [{ host: MACHINE, path }],
    challenges: {},
  };
  writeFileSync(join(directory, "front.json"), JSON.stringify(wish));
  front = startFront(directory, () => {});
  const get = () => fetch(`https://127.0.0.1:${https}/`, { tls: { rejectUnauthorized: false }, keepalive: false } as RequestInit);
  await until("https", () =>
    get().then(
      () => true,
      () => false,
    ),
  );
});
afterAll(() => {
  front.stop();
  rmSync(directory, { recursive: true });
});

test("who is slow with the head of a call, or sends none, or doesn't even greet, is let go; what is no call is refused", async () => {
  const doors = [
    { name: "https", port: https, tls: true },
    { name: "http", port: http, tls: false },
  ];
  const slow = doors.flatMap((door) => [sendRaw(door, ""), sendRaw(door, `GET / HTTP/1.1\r\nHost: ${MACHINE}\r\nX-Slow: `)]);
  slow.push(sendRaw({ name: "https without TLS", port: https, tls: false }, ""));
  for (const answer of await Promise.all(slow)) expect([answer.hung, answer.status]).toEqual([false, 0]);
  for (const door of doors) {
    const status = async (bytes: string) => (await sendRaw(door, bytes)).status;
    const host = `Host: ${MACHINE}\r\n`;
    expect(await status(`GET / HTTP/1.1\r\n${host}X-Long: ${"x".repeat(100_000)}\r\n\r\n`)).toBe(431);
    expect(await status(`GET / HTTP/1.1\r\n\r\n`)).toBe(400);
    expect(await status(`GET / HTTP/1.1\r\n${host}Host: evil.test\r\nConnection: close\r\n\r\n`)).toBe(421);
    const smuggled = `POST / HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /b HTTP/1.1\r\n${host}\r\n`;
    expect(await status(smuggled)).toBe(400);
  }
});

test("TLS older than 1.2 is refused", async () => {
  const at = ["-connect", `127.0.0.1:${https}`, "-servername", MACHINE, "-cipher", "DEFAULT@SECLEVEL=0"];
  const agreed = async (version: string) => {
    const child = Bun.spawn(["openssl", "s_client", ...at, version], { stdin: "ignore", stdout: "pipe", stderr: "ignore" });
    return /New, (\S+), Cipher/.exec(await new Response(child.stdout).text())?.[1];
  };
  expect(await Promise.all(["-tls1", "-tls1_1", "-tls1_2", "-tls1_3"].map(agreed))).toEqual([
    "(NONE)",
    "(NONE)",
    "TLSv1.2",
    "TLSv1.3",
  ]);
});
