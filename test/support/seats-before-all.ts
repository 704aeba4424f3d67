import { afterAll, beforeAll } from "bun:test";
import type { DockerSettings } from "../../agent/seats/docker/settings.ts";
import { type DockerSeats, dockerSeats } from "./docker-seats.ts";
import { type PrivateDocker, smallSeats, startDocker } from "./dockerd.ts";

/** There before the first test of the `describe` that asks, gone after its last. */
export interface SeatsOfTests {
  readonly docker: PrivateDocker;
  readonly seats: DockerSeats;
}

/** @param more settings that differ from `smallSeats` */
export function seatsBeforeAll(numbers: readonly number[], more: Partial<DockerSettings> = {}): SeatsOfTests {
  let docker: PrivateDocker;
  let seats: DockerSeats;
  beforeAll(async () => {
    docker = await startDocker();
    seats = await dockerSeats(numbers, { settings: { ...smallSeats(docker), ...more } });
  });
  afterAll(async () => {
    await seats?.remove();
    await docker?.stop();
  });
  return {
    get docker() {
      return docker;
    },
    get seats() {
      return seats;
    },
  };
}
