import { afterAll, test } from "bun:test";
import { unmountDisk } from "../../../../agent/seats/docker/disk/disk.ts";
import { seatObject, seatPaths } from "../../../../agent/seats/docker/names.ts";
import { dockerRuntime } from "../../../../agent/seats/docker/runtime.ts";
import { PLAIN } from "../../../support/docker-seats.ts";
import { canRunDocker, smallSeats, startDocker } from "../../../support/dockerd.ts";
import { runtimeBehaviour } from "../../../support/runtime-behaviour.ts";

const private_ = canRunDocker ? await startDocker() : undefined;

if (private_) {
  const { docker, stop } = private_;
  let directory = "";
  runtimeBehaviour("docker", () => ({
    runtime(given) {
      directory = given.directory;
      return dockerRuntime({ settings: smallSeats(private_) })(given);
    },
    wish: PLAIN,
    async reboot(machine, seat) {
      await docker.stopContainer(seatObject(machine, seat));
      await unmountDisk(seatPaths(directory, seat));
    },
    echoServer: (port) => ["node", "-e", `require("net").createServer((s) => s.pipe(s)).listen(${port}, "127.0.0.1")`],
  }));
  afterAll(stop);
} else {
  test.skip("runtime docker: needs root, dockerd and iptables", () => {});
}
