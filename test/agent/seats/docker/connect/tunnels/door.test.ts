import { expect, test } from "bun:test";
import type { SocketHandler } from "bun";
import { AT_ONCE, openDoor, PAUSE_MS } from "../../../../../../agent/seats/docker/connect/tunnels/door.ts";
import { MachineSide } from "../../../../../../agent/seats/docker/connect/tunnels/machine-side.ts";
import { until } from "../../../../../support/until.ts";

const nothing = { data() {}, close() {}, error() {} };

/** A door on a port of its own. */
function door() {
  const free = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: nothing });
  free.stop(true);
  const at = { hostname: "127.0.0.1", port: free.port };
  const came = { count: 0 };
  const listen = (socket: SocketHandler<undefined>) => {
    const listener = Bun.listen({ ...at, socket });
    return { stop: () => listener.stop() };
  };
  const stop = openDoor(listen, { ...nothing, open: () => void came.count++ });
  const knock = () =>
    Bun.connect({ ...at, socket: nothing }).then(
      (socket) => socket.terminate(),
      () => {},
    );
  return { at, came, listen, stop, knock };
}

test("of many who come at once so many are taken as may, and the next ones after a moment", async () => {
  const { came, stop, knock } = door();
  const began = performance.now();
  await Promise.all(Array.from({ length: 20 * AT_ONCE }, knock));
  const windows = Math.floor((performance.now() - began) / PAUSE_MS) + 2;
  expect(came.count).toBeGreaterThanOrEqual(AT_ONCE);
  expect(came.count).toBeLessThanOrEqual(windows * AT_ONCE);
  const before = came.count;
  await until("somebody to be taken again", async () => {
    await knock();
    return came.count > before;
  });
  stop();
});

test("whose place is taken at first throws, one who lost it while closed has it again when it is free", async () => {
  const { at, came, listen, stop, knock } = door();
  expect(() => openDoor(listen, nothing)).toThrow();
  const other = await until("the place to be free", async () => {
    await Promise.all(Array.from({ length: AT_ONCE }, knock));
    try {
      return Bun.listen({ ...at, socket: nothing });
    } catch {
      return undefined;
    }
  });
  const before = came.count;
  await knock();
  expect(came.count).toBe(before);
  other.stop(true);
  await until("it to be open again", async () => {
    await knock();
    return came.count > before;
  });
  stop();
  await expect(Bun.connect({ ...at, socket: nothing })).rejects.toThrow();
});

test("who was taken before goes on while too many others come", async () => {
  const free = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: nothing });
  free.stop(true);
  const at = { hostname: "127.0.0.1", port: free.port };
  const side = new MachineSide(undefined);
  const echo: SocketHandler = { ...nothing, data: (socket, bytes) => void socket.write(bytes) };
  const stop = openDoor((socket) => side.listen({ kind: "tcp", ...at }, socket), echo);
  const answer = Promise.withResolvers<string>();
  const socket = {
    data: (_: unknown, bytes: Buffer) => answer.resolve(bytes.toString()),
    close: () => answer.resolve("it was cut"),
    error() {},
  };
  const first = await Bun.connect({ ...at, socket });
  const isRefused = () =>
    Bun.connect({ ...at, socket: nothing }).then(
      (one) => void one.terminate(),
      () => true,
    );
  await until("the door to be closed for a moment", async () =>
    (await Promise.all(Array.from({ length: 2 * AT_ONCE }, isRefused))).find((is) => is),
  );
  first.write("still here");
  expect(await answer.promise).toBe("still here");
  first.terminate();
  stop();
});
