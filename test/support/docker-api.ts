import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startTestAgent, type TestAgent, type TestAgentOptions } from "./agent.ts";
import { type Api, apiOf } from "./api.ts";
import { type PrivateDocker, TOOLS } from "./dockerd.ts";
import { type OwnSdks, writeDefinition } from "./layered.ts";

/** A real agent whose seats are containers, its API, and its gateway's side. */
export interface DockerApi {
  agent: TestAgent;
  api: Api;
  /** From now on these seats, of this definition. */
  want(seats: readonly number[], sdks: OwnSdks): Promise<void>;
  end(): Promise<void>;
}

export async function startDockerApi(
  { socket }: PrivateDocker,
  { env = {}, ...options }: Omit<TestAgentOptions, "runtime"> = {},
): Promise<DockerApi> {
  const small = { CLARATEACH_SEAT_MEMORY: "512M", CLARATEACH_SEAT_DISK: "256M", CLARATEACH_SEAT_CPUS: "1" };
  const settings = { CLARATEACH_DOCKER_SOCKET: socket, CLARATEACH_TOOLS: TOOLS, ...small, ...env };
  const agent = await startTestAgent(0, {}, undefined, { ...options, runtime: "docker", env: settings });
  return {
    agent,
    api: apiOf(agent.directory),
    async want(numbers, sdks) {
      const wish = await writeDefinition(agent.directory, sdks);
      const digest = wish.definitionArchive?.digest ?? "";
      const bytes = readFileSync(join(agent.directory, digest));
      await accepted(await agent.plane(`/v1/definition/${digest}`, { method: "PUT", body: bytes }));
      const seats = numbers.map((seat) => ({ seat, generation: 1, freshSince: 1 }));
      await accepted(await agent.put({ seats, ...wish }));
    },
    end: () => agent.end(),
  };
}

async function accepted(answer: Response): Promise<void> {
  if (!answer.ok) throw new Error(`the agent refused: ${await answer.text()}`);
}
