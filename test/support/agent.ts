import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Subprocess } from "bun";
import type { MachineDocument, MachineReport } from "../../agent/contract/machine.ts";
import { type AgentAddress, runtimeDirectories } from "../../agent/contract/running.ts";
import { endAll, processesOfSeats } from "../../provision/local/processes.ts";
import { newDocument, newMachineDir, newSigner, type Signer } from "./machine.ts";
import { until } from "./until.ts";

const root = new URL("../..", import.meta.url).pathname;

/** How tests call the agent: from its source, so that what is tested is what is written. `AGENT` names an executable instead. */
export const AGENT_COMMAND: readonly string[] = process.env.AGENT
  ? [process.env.AGENT]
  : [process.execPath, `${root}agent/main.ts`];

/** A real agent process with a machine of its own, and the gateway's side of it. */
export interface TestAgent {
  signer: Signer;
  document: MachineDocument;
  directory: string;
  address(): AgentAddress;
  process(): Subprocess;
  start(): Promise<void>;
  /** Bearer headers of a seat's learner. */
  learner(seat: number, claims?: Record<string, unknown>): Promise<Record<string, string>>;
  /** A call of the gateway to the machine plane. */
  plane(path: string, init?: RequestInit): Promise<Response>;
  report(): Promise<MachineReport>;
  put(more: Partial<MachineDocument>): Promise<Response>;
  ready(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  /** Ends the agent and everything of its seats. */
  end(): Promise<void>;
}

export async function startTestAgent(seats = 2, more: Partial<MachineDocument> = {}): Promise<TestAgent> {
  const signer = await newSigner();
  const boot = newDocument(signer, seats, { nonce: "ab".repeat(32), ...more });
  const directory = await newMachineDir(boot);
  const { nonce: _, ...document } = boot;
  let child: Subprocess;
  const address = () => JSON.parse(readFileSync(join(directory, "agent.json"), "utf8")) as AgentAddress;

  const agent: TestAgent = {
    signer,
    document,
    directory,
    address,
    process: () => child,
    start: async () => {
      child = Bun.spawn([...AGENT_COMMAND, "serve", "--machine", directory, "--runtime", "process"], {
        stdio: ["ignore", "ignore", "inherit"],
        // Else Bun gives it what we were started with, without what a test has set since.
        env: { ...process.env },
      });
      await until("the agent to listen", () => agentListens(child, address));
    },
    learner: async (seat, claims) => ({ authorization: `Bearer ${await signer.learner(agent.document, seat, claims)}` }),
    plane: async (path, init = {}) => {
      const headers = {
        authorization: `Bearer ${await signer.machine(agent.document)}`,
        ...(init.headers as Record<string, string>),
      };
      const tls = { rejectUnauthorized: false };
      return fetch(`https://127.0.0.1:${address().plane.port}${path}`, { ...init, headers, tls, keepalive: false });
    },
    report: async () => (await agent.plane("/v1/report")).json() as Promise<MachineReport>,
    put: async (next) => {
      const wanted = { ...agent.document, revision: agent.document.revision + 1, ...next };
      const answer = await agent.plane("/v1/machine", { method: "PUT", body: JSON.stringify(wanted) });
      if (answer.ok) agent.document = wanted;
      return answer;
    },
    ready: async () => {
      const isReady = async () => (await agent.report()).seats.every(({ status }) => status === "ready");
      await until("all seats to be ready", isReady);
    },
    kill: async () => {
      child.kill("SIGKILL");
      await child.exited;
    },
    end: async () => {
      child.kill("SIGKILL");
      await child.exited;
      await endAll(() => processesOfSeats(document.machine));
      for (const path of [...runtimeDirectories(document.machine), directory]) rmSync(path, { recursive: true, force: true });
    },
  };
  await agent.start();
  return agent;
}

function agentListens(child: Subprocess, address: () => AgentAddress): boolean {
  if (child.exitCode !== null) throw new Error(`the agent ended with ${child.exitCode}`);
  try {
    return address().pid === child.pid;
  } catch {
    return false;
  }
}
