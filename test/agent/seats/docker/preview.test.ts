import { describe, expect, test } from "bun:test";
import { openPreviews } from "../../../../agent/previews/previews.ts";
import { canRunDocker } from "../../../support/dockerd.ts";
import { RfbViewer } from "../../../support/rfb.ts";
import { seatsBeforeAll } from "../../../support/seats-before-all.ts";
import { until } from "../../../support/until.ts";

describe.skipIf(!canRunDocker)("screen and browser in a container (needs root, dockerd, iptables)", () => {
  const here = seatsBeforeAll([1, 2], { memory: 1024 ** 3, pids: 512 });

  test("a script in the seat drives the browser at CLARATEACH_CDP_URL, the viewer sees it, the neighbour doesn't", async () => {
    const troubles: unknown[] = [];
    const previews = openPreviews({ inImage: true, onTrouble: (error) => void troubles.push(Bun.inspect(error)) });
    const handle = await here.seats.seat(1);
    previews.openSeat(handle);
    previews.openSeat(await here.seats.seat(2));
    // The first connection starts it.
    await until("the browser", async () =>
      (await here.seats.sh(1, "curl -s $CLARATEACH_CDP_URL/json/version")).stdout.includes("webSocketDebuggerUrl"),
    );
    const viewer = new RfbViewer((peer) => previews.view(handle, peer));
    await viewer.connect();
    const colour = "data:text/html,<body%20style=background:rgb(10,200,30)>";
    expect((await here.seats.sh(1, `curl -s -X PUT "$CLARATEACH_CDP_URL/json/new?${colour}"`)).stdout).toContain("devtools");
    await until("the page's colour", async () => (await viewer.colour(640, 500)) === "#0ac81e");
    // Each seat has its own localhost: the same address is another browser there, and nobody started it.
    expect((await here.seats.sh(2, "ps ax")).stdout).not.toContain("chromium");
    expect((await here.seats.sh(1, "ps axo user=,args= | grep [c]hromium | grep -v learner; true")).stdout).toBe("");
    viewer.close();
    await previews.close();
    expect((await here.seats.sh(1, "ps ax")).stdout).not.toMatch(/chromium|Xtigervnc/);
    expect(troubles).toEqual([]);
  });
});
