import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ErrorBody } from "../../agent/contract/errors.ts";
import type { MachineReport } from "../../agent/contract/machine.ts";
import { openIdentity } from "../../agent/machine/identity.ts";
import type { Desk } from "../gateway/support.ts";
import { until } from "./until.ts";

/** What a machine's plane answers, and what it was asked: for what real agents rarely say, or not at a moment that a test chooses. */
export interface PaperMachine {
  report: MachineReport;
  /** By method and path without its query; a number is a status with a problem. */
  answers: Record<string, { status: number; body: unknown }>;
  /** Each as `POST /v1/workshops {…}`. */
  asked: string[];
  /** Nobody answers any more. */
  stop(): Promise<void>;
}

/** In the place of machine `idx` of a workshop's record. */
export async function paperMachine(desk: Desk, workshop: string, seats: MachineReport["seats"], idx = 1): Promise<PaperMachine> {
  const directory = mkdtempSync(join(tmpdir(), "clarateach-paper-"));
  const name = `clarateach-${workshop}${idx === 1 ? "" : `-${idx}`}`;
  const { key, certificate } = openIdentity(directory, name);
  const paper: PaperMachine = { report: reportOf(seats), answers: {}, asked: [], stop: async () => {} };
  const server = Bun.serve({
    ...{ port: 0, hostname: "127.0.0.1", tls: { key, cert: certificate } },
    async fetch(request, self) {
      const { pathname, search } = new URL(request.url);
      if (pathname === "/v1/events" && self.upgrade(request)) return undefined;
      if (pathname === "/v1/report") return Response.json(paper.report);
      paper.asked.push(`${request.method} ${pathname}${search} ${await request.text()}`.trim());
      const { status, body } = paper.answers[`${request.method} ${pathname}`] ?? { status: 404, body: {} };
      return Response.json(body, { status });
    },
    websocket: { message: () => {} },
  });
  paper.stop = async () => {
    await server.stop(true);
    rmSync(directory, { recursive: true, force: true });
  };
  await putInPlace(desk, { workshop, idx, name }, { certificate, plane: { host: "127.0.0.1", port: server.port } });
  await until(
    "its report",
    async () => (await desk.gateway.services.workshops.find("local", workshop)).machines[idx - 1]?.answers,
  );
  return paper;
}

async function putInPlace(desk: Desk, { workshop, idx, name }: { workshop: string; idx: number; name: string }, found: object) {
  const detail = JSON.stringify({ ...found, acknowledged: 1, endpoint: "localhost:4000", ip: "127.0.0.1" });
  const row = { workshop, kind: "machine" as const, idx, name, attempt: 1, wanted: "present" as const, version: 1 };
  await desk.gateway.db
    .insertInto("resources")
    .values({ ...row, observed: "running", detail })
    .onConflict((c) => c.columns(["workshop", "kind", "idx"]).doUpdateSet({ observed: "running", detail }))
    .execute();
}

const reportOf = (seats: MachineReport["seats"]): MachineReport => ({
  ...{ version: 1, revision: 1, agent: "paper", runtime: "docker", startedAt: new Date().toISOString() },
  ...{ seats, changes: [], preview: { available: true } },
  leftovers: { processes: 0, directories: 0, sockets: 0, bytes: 0 },
});

/** A seat that is ready and can do all, or as said. */
export const reportedSeat = (
  seat: number,
  more: Partial<MachineReport["seats"][number]> = {},
): MachineReport["seats"][number] => ({
  ...{ seat, generation: 1, status: "ready", progress: 1, viewers: 0 },
  operations: ["refresh", "restore", "stop", "remove", "connect", "disconnect"],
  ...more,
});

export const problem = (status: number, error: ErrorBody["error"]) => ({ status, body: { error } });
