import { expect, test } from "bun:test";
import { startRelay } from "./interruptions.ts";
import { until } from "./until.ts";

test("a late call arrives whole and in its order, also when its body came by itself and whoever sent it is gone", async () => {
  const came: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      came.push(`${request.method} ${await request.text()}`);
      return new Response();
    },
  });
  const [held, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const relay = startRelay({
    to: server.port ?? 0,
    judge: () => "late",
    struck: () => {
      held.resolve();
      return release.promise;
    },
  });
  const client = await Bun.connect({ hostname: "127.0.0.1", port: relay.port, socket: { data() {} } });
  client.write("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n");
  await held.promise;
  client.write("body");
  client.end();
  // Another call shows that the relay has read all of this one.
  const other = await Bun.connect({ hostname: "127.0.0.1", port: relay.port, socket: { data() {} } });
  other.write("GET /y HTTP/1.1\r\nHost: x\r\n\r\n");
  await until("the body to be read", () => client.readyState < 1);
  expect(came).toEqual([]);
  release.resolve();
  await until("both", () => came.length === 2);
  expect(came.sort()).toEqual(["GET ", "POST body"]);
  other.end();
  relay.end();
  await server.stop(true);
});
