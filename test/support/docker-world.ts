import { type PrivateDocker, startDocker, TOOLS } from "./dockerd.ts";
import { startWorld, type World } from "./world.ts";

/** A gateway whose seats are containers on a daemon of its own; both end together. @param settings beyond those that all have */
export async function startDockerWorld(settings: Record<string, string> = {}): Promise<World & { docker: PrivateDocker }> {
  const docker = await startDocker();
  const small = { CLARATEACH_SEAT_MEMORY: "1G", CLARATEACH_SEAT_DISK: "512M", CLARATEACH_SEAT_CPUS: "1" };
  try {
    const world = await startWorld({
      CLARATEACH_RUNTIME: "docker",
      CLARATEACH_DOCKER_SOCKET: docker.socket,
      CLARATEACH_TOOLS: TOOLS,
      ...small,
      ...settings,
    });
    return {
      ...world,
      docker,
      end: async () => {
        await world.end();
        await docker.stop();
      },
    };
  } catch (error) {
    await docker.stop();
    throw error;
  }
}
