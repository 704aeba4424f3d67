import pino from "pino";
import { upstreamOf } from "../../agent/contract/upstream.ts";
import { openGateway } from "../../gateway/gateway.ts";
import { openLocalCloud } from "../../provision/local/cloud.ts";

/** A gateway on records without machines: `bun joins-server.ts DATA WORKSHOPS`. Prints its port, then its peer's. */
const [data = "", count = "0"] = Bun.argv.slice(2);
const cloud = await openLocalCloud({ data, agent: ["/bin/false"] });
const config = { port: 0, host: "127.0.0.1", url: "http://localhost", data, upstream: upstreamOf("http://127.0.0.1:9") };
const { app, db } = await openGateway(config, cloud, pino({ level: "silent" }));
const now = new Date().toISOString();
await db
  .insertInto("instructors")
  .values({ id: "bench", name: "Bench", created_at: now })
  .onConflict((c) => c.doNothing())
  .execute();
for (let i = 0; i < Number(count); i++) await insertWorkshop(String(i).padStart(4, "0"));

app.listen({ port: 0, hostname: "127.0.0.1" });
// The peer: the same runtime's server, reading the same body and answering one of the same size, without any seat.
const answer = JSON.stringify({
  token: "x".repeat(500),
  endpoint: "localhost:4000",
  url: "x".repeat(520),
  odehash: "abcde",
  seat: 1,
});
const peer = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: async (request) => {
    await request.json();
    return new Response(answer, { headers: { "content-type": "application/json" } });
  },
});
console.log(`${app.server?.port} ${peer.port}`);

/** Running, all ten seats free and reported ready; its machine is an address and nothing else. */
async function insertWorkshop(number: string): Promise<void> {
  const id = `ws-be${number}`;
  const empty = {
    definition: null,
    failure: null,
    work_problem: null,
    archive: null,
    starter: null,
    receipt: null,
    llm: null,
  } as const;
  const times = {
    created_at: now,
    started_at: now,
    ready_at: now,
    ends_at: "2999-01-01T00:00:00.000Z",
    latest_end: null,
    starts_at: null,
    planned_end: null,
    stop_at: null,
    stopped_at: null,
  };
  await db
    .insertInto("workshops")
    .values({
      ...{ id, owner: "bench", code: `BENCH-${number}`, code_key: `BENCH${number}`, name: "Bench", seats: 10, hours: 12 },
      ...{ state: "running", revision: 1, document: 1, attempt: 1, work: "none", lease_holder: null, lease_until: null },
      ...empty,
      ...times,
    })
    .execute();
  const seats = Array.from({ length: 10 }, (_, i) => ({ workshop: id, seat: i + 1, generation: 1, fresh_since: 1, ready: 1 }));
  await db.insertInto("seats").values(seats).execute();
  const detail = JSON.stringify({ endpoint: "localhost:4000", url: "http://localhost:4000", ip: "127.0.0.1" });
  await db
    .insertInto("resources")
    .values({
      workshop: id,
      kind: "machine",
      idx: 1,
      name: `clarateach-${id}`,
      attempt: 1,
      wanted: "present",
      observed: "running",
      version: 1,
      detail,
    })
    .execute();
}
