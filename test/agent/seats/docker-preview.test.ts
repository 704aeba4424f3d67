import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { type DockerSeats, dockerSeats } from "../../support/docker-seats.ts";
import { canRunDocker, type PrivateDocker, smallSeats, startDocker } from "../../support/dockerd.ts";
import { until } from "../../support/until.ts";

const LIMIT = 120_000;

/** What the preview is made of works in the image and through the handle; the preview itself has tests of its own. */
describe.skipIf(!canRunDocker)("screen and browser in a container (needs root, dockerd, iptables)", () => {
  let docker: PrivateDocker;
  let seats: DockerSeats;
  beforeAll(async () => {
    docker = await startDocker();
    seats = await dockerSeats([1], { settings: { ...smallSeats(docker), memory: 1024 ** 3, pids: 512 } });
  }, 600_000);
  afterAll(async () => {
    await seats?.remove();
    await docker?.stop();
  }, LIMIT);

  test(
    "VNC by the seat's socket, the browser by its port",
    async () => {
      const handle = await seats.seat(1);
      const screen = [
        "Xtigervnc",
        ":7",
        "-rfbport",
        "-1",
        "-rfbunixpath",
        `${handle.run.inside}/vnc.sock`,
        "-SecurityTypes",
        "None",
        "-nolisten",
        "tcp",
      ];
      await handle.spawn([...screen, "-geometry", "800x600"]);
      let greeting = "";
      await until(
        "the VNC server",
        async () => {
          const data = (_socket: unknown, bytes: Uint8Array) => {
          greeting += Buffer.from(bytes).toString("latin1");
        };
          const socket = await Bun.connect({ unix: join(handle.run.outside, "vnc.sock"), socket: { data } }).catch(
            () => undefined,
          );
          if (socket) await until("its greeting", () => greeting.startsWith("RFB 003.008"));
          socket?.terminate();
          return socket;
        },
        30,
      );
      const browser = [
        "chromium",
        "--no-sandbox",
        "--no-first-run",
        "--disable-gpu",
        `--remote-debugging-port=${handle.cdpPort}`,
        "about:blank",
      ];
      await handle.spawn(browser, { env: { DISPLAY: ":7" } });
      const socket = await until("the browser", () => handle.dial(handle.cdpPort).catch(() => undefined), 60);
      let answer = "";
      socket.onData((bytes) => {
        answer += Buffer.from(bytes).toString();
      });
      socket.write(Buffer.from("GET /json/version HTTP/1.1\r\nHost: localhost\r\n\r\n"));
      await until("its answer", () => answer.includes("webSocketDebuggerUrl"), 30);
      socket.close();
      expect((await seats.sh(1, "curl -s $CLARATEACH_CDP_URL/json/version")).stdout).toContain("webSocketDebuggerUrl");
    },
    LIMIT,
  );
});
