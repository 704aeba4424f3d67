import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { openPreviews } from "../../../../agent/previews/previews.ts";
import { type DockerSeats, dockerSeats } from "../../../support/docker-seats.ts";
import { canRunDocker, type PrivateDocker, smallSeats, startDocker } from "../../../support/dockerd.ts";
import { RfbViewer } from "../../../support/rfb.ts";
import { until } from "../../../support/until.ts";

const LIMIT = 180_000;

describe.skipIf(!canRunDocker)("screen and browser in a container (needs root, dockerd, iptables)", () => {
  let docker: PrivateDocker;
  let seats: DockerSeats;
  beforeAll(async () => {
    docker = await startDocker();
    seats = await dockerSeats([1, 2], { settings: { ...smallSeats(docker), memory: 1024 ** 3, pids: 512 } });
  });
  afterAll(async () => {
    await seats?.remove();
    await docker?.stop();
  }, LIMIT);

  test(
    "a script in the seat drives the browser at CLARATEACH_CDP_URL, the viewer sees it, the neighbour doesn't",
    async () => {
      const troubles: unknown[] = [];
      const previews = openPreviews({ inImage: true, onTrouble: (error) => void troubles.push(error) });
      const handle = await seats.seat(1);
      previews.openSeat(handle);
      previews.openSeat(await seats.seat(2));
      // The first connection starts it.
      await until("the browser", async () =>
        (await seats.sh(1, "curl -s $CLARATEACH_CDP_URL/json/version")).stdout.includes("webSocketDebuggerUrl"),
      );
      const viewer = new RfbViewer((peer) => previews.view(handle, peer));
      await viewer.connect();
      const colour = "data:text/html,<body%20style=background:rgb(10,200,30)>";
      expect((await seats.sh(1, `curl -s -X PUT "$CLARATEACH_CDP_URL/json/new?${colour}"`)).stdout).toContain("devtools");
      await until("the page's colour", async () => (await viewer.colour(640, 500)) === "#0ac81e");
      // Each seat has its own localhost: the same address is another browser there, and nobody started it.
      expect((await seats.sh(2, "ps ax")).stdout).not.toContain("chromium");
      expect((await seats.sh(1, "ps axo user=,args= | grep [c]hromium | grep -v learner; true")).stdout).toBe("");
      viewer.close();
      await previews.close();
      expect((await seats.sh(1, "ps ax")).stdout).not.toMatch(/chromium|Xtigervnc/);
      expect(troubles).toEqual([]);
    },
    LIMIT,
  );
});
