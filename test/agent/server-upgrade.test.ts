import { expect, test } from "bun:test";
import { listen } from "../../agent/server.ts";
import { openSockets } from "../../agent/sockets.ts";

const HANDSHAKE = {
  ...{ upgrade: "websocket", connection: "Upgrade" },
  ...{ "sec-websocket-version": "13", "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==" },
};

test("a socket that can't be opened after all is given up, whatever the reason is", async () => {
  let [dropped, opened] = [0, 0];
  const upgrade = {
    ...{ protocol: "no\nprotocol", farewell: undefined },
    open: () => {
      opened++;
      return { message: () => {}, drain: () => {}, close: () => {} };
    },
    drop: () => void dropped++,
  };
  const server = listen({
    ...{ listener: "public", at: { hostname: "127.0.0.1", port: 0 } },
    dispatch: async () => upgrade,
    ...{ sockets: openSockets(() => {}), joinUrl: () => "/join", report: () => "1" },
  });
  const answer = await fetch(`http://127.0.0.1:${server.port}/`, { headers: HANDSHAKE });
  expect([answer.status, dropped, opened]).toEqual([500, 1, 0]);
  await server.stop();
});
