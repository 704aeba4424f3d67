import { readFileSync, rmSync, writeFileSync } from "node:fs";
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

export interface TestAgentOptions {
  runtime?: "process" | "docker";
  /** Besides what the test has. */
  env?: Readonly<Record<string, string>>;
  /** The machine's, empty; a new one otherwise. */
  directory?: string;
}

/** @param alone a machine of its own, with these ports */
export async function startTestAgent(
  seats = 2,
  more: Partial<MachineDocument> = {},
  alone?: { plane: number; http: number; https: number },
  { runtime = "process", env = {}, directory: given }: TestAgentOptions = {},
): Promise<TestAgent> {
  const signer = await newSigner();
  const boot = newDocument(signer, seats, { nonce: "ab".repeat(32), ...more });
  const directory = given ?? (await newMachineDir(boot));
  if (given) writeFileSync(join(given, "machine.json"), JSON.stringify(boot));
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
      child = Bun.spawn(
        [...AGENT_COMMAND, "serve", "--machine", directory, "--runtime", runtime, ...(alone ? ["--alone"] : [])],
        {
          stdio: ["ignore", "ignore", "inherit"],
          // Else Bun gives it what we were started with, without what a test has set since.
          env: { ...process.env, ...env, ...portsOf(alone) },
        },
      );
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
      if (runtime === "docker") {
        const clear = [...AGENT_COMMAND, "clear", "--machine", directory];
        const { exitCode, stderr } = Bun.spawnSync(clear, { env: { ...process.env, ...env } });
        if (exitCode !== 0) throw new Error(`the machine wasn't cleared: ${stderr}`);
      }
      await endAll(() => processesOfSeats(document.machine));
      for (const path of [...runtimeDirectories(document.machine), ...(given ? [] : [directory])])
        rmSync(path, { recursive: true, force: true });
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

const portsOf = (alone: { plane: number; http: number; https: number } | undefined): Record<string, string> =>
  alone
    ? {
        CLARATEACH_PLANE_PORT: String(alone.plane),
        CLARATEACH_HTTP_PORT: String(alone.http),
        CLARATEACH_HTTPS_PORT: String(alone.https),
      }
    : {};
