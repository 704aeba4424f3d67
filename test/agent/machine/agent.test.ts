import { afterAll, beforeAll, expect, test } from "bun:test";
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { END_GRACE_MS } from "../../../agent/access.ts";
import { CLOSE } from "../../../agent/contract/close.ts";
import { helloMac } from "../../../agent/contract/hello.ts";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";
import { openTerminal } from "../../support/learner.ts";
import { until } from "../../support/until.ts";

let agent: TestAgent;
beforeAll(async () => {
  agent = await startTestAgent(2);
  await agent.ready();
});
afterAll(() => agent.end());

const url = () => agent.address().url;
const terminal = async (seat: number) =>
  openTerminal(`${url().replace("http", "ws")}/vm/0${seat}/terminal`, await agent.learner(seat));
const seatReport = async (seat: number) => (await agent.report()).seats.find((one) => one.seat === seat);
const errorOf = async (answer: Response) => ((await answer.json()) as { error: { code: string } }).error.code;

async function events() {
  const socket = new WebSocket(`wss://127.0.0.1:${agent.address().plane.port}/v1/events`, {
    headers: { authorization: `Bearer ${await agent.signer.machine(agent.document)}` },
    tls: { rejectUnauthorized: false },
  } as unknown as string[]);
  const hints: string[] = [];
  socket.onmessage = ({ data }) => void hints.push(String(data));
  await until("the first hint", () => hints.length > 0);
  return { socket, hints };
}

test("first contact: the certificate comes with a proof by the nonce, and is the one that the plane shows", async () => {
  const challenge = "0f".repeat(32);
  const { certificate, mac } = (await (await agent.plane(`/v1/hello?challenge=${challenge}`)).json()) as {
    certificate: string;
    mac: string;
  };
  expect(mac).toBe(helloMac("ab".repeat(32), challenge, certificate));
  expect(new X509Certificate(certificate).subject).toContain(agent.document.machine);
  const pinned = { ca: certificate, checkServerIdentity: () => undefined };
  const plane = `https://127.0.0.1:${agent.address().plane.port}`;
  expect((await fetch(`${plane}/v1/report`, { tls: pinned, keepalive: false })).status).toBe(401);
  for (const wrong of ["", "?challenge=12", `?challenge=${"G".repeat(64)}`])
    expect((await agent.plane(`/v1/hello${wrong}`)).status).toBe(400);
});

test("hello is answered some times a second, not for ever", async () => {
  const asks = await Promise.all(Array.from({ length: 60 }, () => agent.plane(`/v1/hello?challenge=${"0f".repeat(32)}`)));
  expect(asks.some(({ status }) => status === 429)).toBe(true);
});

test("the machine plane isn't on the public listener, nor learners' pages on the plane", async () => {
  expect((await fetch(`${url()}/v1/hello?challenge=${"0f".repeat(32)}`)).status).toBe(404);
  expect((await agent.plane("/vm/01/session", { headers: await agent.learner(1) })).status).toBe(404);
});

test("a learner enters by the link: cookie, no token in the address, page, session, files, terminal", async () => {
  const token = await agent.signer.learner(agent.document, 1);
  const entered = await fetch(`${url()}/?token=${token}`, { redirect: "manual" });
  expect([entered.status, entered.headers.get("location")]).toEqual([303, "/vm/01/"]);
  const cookie = (entered.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const get = (path: string) => fetch(`${url()}${path}`, { headers: { cookie }, redirect: "manual" });
  expect((await get("/vm/01")).headers.get("location")).toBe("/vm/01/");
  const session = await (await get("/vm/01/session")).json();
  expect(session).toMatchObject({
    seat: 1,
    odehash: "ab3d5",
    name: "Mira",
    status: "ready",
    joinUrl: "http://localhost:3000/join",
  });
  expect(session).toMatchObject({
    workshop: agent.document.workshop,
    endsAt: agent.document.endsAt,
    features: { isolation: "none" },
  });
  expect(await (await get("/vm/01/files")).json()).toEqual({ files: [] });
  expect(await (await get("/vm/01/browser/")).json()).toMatchObject({ error: { code: "NOT_FOUND" } });
  const shell = await terminal(1);
  await shell.run("echo $((6*7)) > answer; cat answer", "42");
  expect(await (await get("/vm/01/files/workspace/answer")).json()).toMatchObject({ content: "42\n" });
  shell.close();
});

test("an old link is a page that says so and leads to the join page", async () => {
  const token = await agent.signer.learner(agent.document, 1, { exp: Math.floor(Date.now() / 1000) - 3600 });
  const answer = await fetch(`${url()}/?token=${token}`, { headers: { accept: "text/html" } });
  expect(answer.status).toBe(401);
  const page = await answer.text();
  expect(page).toContain("has expired");
  expect(page).toContain('href="http://localhost:3000/join"');
});

test("the report says who is there, since when, and a hint comes at each change", async () => {
  const { socket, hints } = await events();
  const before = hints.length;
  const shell = await terminal(2);
  await until("a hint", () => hints.length > before);
  const there = await seatReport(2);
  expect(there).toMatchObject({ viewers: 1, status: "ready", progress: 1 });
  expect(Date.now() - Date.parse(there?.connectedAt ?? "")).toBeLessThan(20_000);
  expect(there?.disconnectedAt).toBeUndefined();
  shell.close();
  const left = await until("the learner to be gone", async () => {
    const now = await seatReport(2);
    return now?.viewers === 0 ? now : undefined;
  });
  expect(left.disconnectedAt).toBeDefined();
  expect(hints.every((hint) => hint === '{"type":"changed"}')).toBe(true);
  socket.close();
});

test("a task that said nothing has no log, and what is no task's number has none either", async () => {
  const [change] = (await agent.report()).changes;
  for (const task of [change?.tasks[0]?.id ?? "", "99999", "..%2Fstate.sqlite"])
    expect(await errorOf(await agent.plane(`/v1/changes/${change?.id}/tasks/${task}/log`))).toBe("NOT_FOUND");
});

test("documents that are older or aren't ones are refused, and the machine stays as it is", async () => {
  expect(await errorOf(await agent.put({ revision: 0 }))).toBe("STATE_CONFLICT");
  expect(await errorOf(await agent.plane("/v1/machine", { method: "PUT", body: "{" }))).toBe("INVALID_INPUT");
  expect((await agent.plane("/v1/machine", { method: "PUT", body: JSON.stringify({ version: 9 }) })).status).toBe(400);
  expect((await agent.plane("/v1/machine", { method: "PUT", body: "x".repeat(300_000) })).status).toBe(413);
  expect((await agent.report()).revision).toBe(agent.document.revision);
});

test.each(["starter", "definition"])("the archive of a %s is kept under its digest only", async (kind) => {
  const bytes = Buffer.from("an archive");
  const digest = createHash("sha256").update(bytes).digest("hex");
  const put = (name: string) => agent.plane(`/v1/${kind}/${name}`, { method: "PUT", body: bytes });
  expect((await put(digest)).status).toBe(204);
  expect((await put(digest)).status).toBe(204);
  expect(readFileSync(join(agent.directory, kind, digest))).toEqual(bytes);
  expect((await put("0".repeat(64))).status).toBe(400);
  expect((await put("..%2Fdocument.json")).status).toBe(400);
});

test("one archive holds everyone's work in the folders that the gateway names", async () => {
  const folders = JSON.stringify([
    { seat: 1, folder: "seat-01 Mira" },
    { seat: 2, folder: "seat-02" },
  ]);
  const archive = await agent.plane(`/v1/archive?${new URLSearchParams({ folders })}`);
  expect(archive.headers.get("content-type")).toBe("application/zip");
  const bytes = Buffer.from(await archive.arrayBuffer());
  expect(bytes.includes("seat-01 Mira/answer")).toBe(true);
  for (const wrong of ["", "1", "[1]", '[{"seat":"1","folder":2}]'])
    expect((await agent.plane(`/v1/archive?${new URLSearchParams({ folders: wrong })}`)).status).toBe(400);
});

test("a killed agent comes back with ports, shells, files and what it knew of its learners", async () => {
  const [before, known] = [agent.address(), await seatReport(2)];
  const shell = await terminal(1);
  await shell.run("MARK=kept; echo set-$MARK", "set-kept");
  await agent.kill();
  await agent.start();
  expect([agent.address().public, agent.address().plane]).toEqual([before.public, before.plane]);
  await agent.ready();
  expect(await seatReport(2)).toEqual(known as NonNullable<typeof known>);
  const again = await terminal(1);
  await again.run("echo still-$MARK", "still-kept");
  again.close();
});

test("SIGTERM: pages are told to come back, the agent is gone within 1.5 s, shells stay", async () => {
  const shell = await terminal(1);
  const begun = performance.now();
  agent.process().kill("SIGTERM");
  expect(await agent.process().exited).toBe(0);
  expect(performance.now() - begun).toBeLessThan(1500);
  expect((await shell.closed).code).toBe(CLOSE.RESTART);
  await agent.start();
  await agent.ready();
  const again = await terminal(1);
  await again.run("echo still-$MARK", "still-kept");
  again.close();
});

test("a raised generation closes the seat's sockets with 4003 and forgets the learner; the other seat goes on", async () => {
  const [old, other] = [await terminal(1), await terminal(2)];
  const [cookie] = [await agent.learner(1)];
  const seats = agent.document.seats.map((wanted) => (wanted.seat === 1 ? { seat: 1, generation: 2, freshSince: 2 } : wanted));
  const answer = await agent.put({ seats });
  expect(answer.status).toBe(200);
  expect((await old.closed).code).toBe(CLOSE.REPLACED);
  expect((await fetch(`${url()}/vm/01/session`, { headers: cookie })).status).toBe(401);
  await agent.ready();
  const fresh = await seatReport(1);
  expect(fresh).toMatchObject({ generation: 2, viewers: 0 });
  expect(fresh?.connectedAt).toBeUndefined();
  const listed = await (await fetch(`${url()}/vm/01/files`, { headers: await agent.learner(1) })).json();
  expect(listed).toEqual({ files: [] });
  await other.run("echo here", "here");
  other.close();
});

const hasScreen = Bun.which("Xtigervnc") !== null && Bun.which("chromium") !== null;

test.if(hasScreen)("the seat's screen answers on its socket; who isn't the seat's learner doesn't see it", async () => {
  const address = `${url().replace("http", "ws")}/vm/02/vnc`;
  const socket = new WebSocket(address, { headers: await agent.learner(2) } as unknown as string[]);
  socket.binaryType = "arraybuffer";
  let said = "";
  socket.onmessage = ({ data }) => {
    said += Buffer.from(data as ArrayBuffer).toString("latin1");
  };
  await until("the server's greeting", () => said.startsWith("RFB 003."));
  socket.close();
});

test("ending: everyone is told at once, nobody comes in, nothing is left", async () => {
  const [one, two] = [await terminal(1), await terminal(2)];
  expect((await agent.put({ phase: "ending" })).status).toBe(200);
  for (const shell of [one, two]) {
    expect((await shell.closed).code).toBe(CLOSE.ENDED);
    expect(shell.messages().at(-1)).toEqual({ type: "ended" });
  }
  const late = await fetch(`${url()}/vm/01/`, { headers: { ...(await agent.learner(1)), accept: "text/html" } });
  expect([late.status, (await late.text()).includes("Workshop ended")]).toEqual([409, true]);
  await until("nothing to be left", async () => {
    const { leftovers } = await agent.report();
    return leftovers.processes + leftovers.directories + leftovers.sockets + leftovers.bytes === 0;
  });
  const { removed } = await agent.report();
  expect(removed?.processes).toBeGreaterThanOrEqual(4);
});

test("a class whose end passed while nobody stopped it is closed by the machine itself", async () => {
  const late = await startTestAgent(1);
  try {
    await late.ready();
    const shell = await openTerminal(`${late.address().url.replace("http", "ws")}/vm/01/terminal`, await late.learner(1));
    // Not before she is in, however slow the computer is.
    await late.put({ endsAt: new Date(Date.now() - END_GRACE_MS + 500).toISOString() });
    expect((await shell.closed).code).toBe(CLOSE.ENDED);
    expect((await fetch(`${late.address().url}/vm/01/session`, { headers: await late.learner(1) })).status).toBe(409);
  } finally {
    await late.end();
  }
});
