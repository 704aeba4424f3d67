import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { DockerClient, versionToSpeak } from "../../../../../agent/seats/docker/client/client.ts";
import { FrameReader } from "../../../../../agent/seats/docker/client/frames.ts";
import { DockerError, pathOf } from "../../../../../agent/seats/docker/client/http.ts";
import { groupFile } from "../../../../../agent/seats/docker/container/cgroup.ts";
import { namesRegistry, partsOf } from "../../../../../agent/seats/docker/image/image.ts";

const directory = mkdtempSync(join(tmpdir(), "ct-engine-"));
afterAll(() => rmSync(directory, { recursive: true }));

test("frames come apart anywhere and are put together again", () => {
  const frames = fc.array(fc.record({ stream: fc.constantFrom(1, 2), bytes: fc.uint8Array({ maxLength: 50 }) }), {
    maxLength: 10,
  });
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (wanted, cuts) => {
      const all = Buffer.concat(
        wanted.flatMap(({ stream, bytes }) => [Buffer.from([stream, 0, 0, 0, 0, 0, 0, bytes.length]), bytes]),
      );
      const got: Record<number, number[]> = { 1: [], 2: [] };
      const reader = new FrameReader((stream, bytes) => void got[stream]?.push(...bytes));
      for (let at = 0, i = 0; at < all.length; i++) {
        const size = cuts[i % cuts.length] ?? 1;
        reader.take(all.subarray(at, at + size));
        at += size;
      }
      for (const stream of [1, 2])
        expect(got[stream]).toEqual(wanted.flatMap((one) => (one.stream === stream ? [...one.bytes] : [])));
    }),
  );
});

test("the version both sides speak", () => {
  const speak = (ApiVersion: string, MinAPIVersion?: string) =>
    versionToSpeak({ Version: "", ApiVersion, ...(MinAPIVersion ? { MinAPIVersion } : {}) });
  expect([speak("1.41", "1.12"), speak("1.51", "1.24"), speak("1.52", "1.44"), speak("1.39")]).toEqual([
    "1.41",
    "1.41",
    "1.44",
    "1.39",
  ]);
});

test("no daemon: the error names what was tried, the socket, and what to do", async () => {
  const docker = new DockerClient(join(directory, "nobody.sock"));
  expect(docker.version()).rejects.toThrow(
    /cannot ask Docker for its version: no Docker daemon answers at ".*nobody.sock". Start it/,
  );
});

test("a daemon that refuses, dawdles or talks nonsense: an error that names the object", async () => {
  const socket = join(directory, "odd.sock");
  const answers: Record<string, Response | Promise<Response>> = {
    "/version": Response.json({ Version: "x", ApiVersion: "1.41" }),
    "/v1.41/containers/a/start": Response.json({ message: "no such image" }, { status: 404 }),
    "/v1.41/containers/b/start": new Response("<html>proxy</html>", { status: 502 }),
    "/v1.41/exec/1/start": Response.json({ message: "container is paused" }, { status: 409 }),
  };
  const server = Bun.serve({
    unix: socket,
    fetch: (request) => answers[new URL(request.url).pathname] ?? new Response("", { status: 500 }),
  });
  const docker = new DockerClient(socket);
  expect(docker.startContainer("a")).rejects.toThrow('cannot start container "a": no such image');
  expect(docker.startContainer("b")).rejects.toThrow('cannot start container "b": <html>proxy</html>');
  expect(docker.inspectContainer("c")).rejects.toThrow('cannot inspect container "c": Docker answered 500');
  await server.stop(true);
});

test("an exec that is refused says why; one that is taken over gives every byte after the head", async () => {
  const path = join(directory, "raw.sock");
  const server = Bun.listen({
    unix: path,
    socket: {
      data(socket, bytes) {
        const asked = Buffer.from(bytes).toString();
        if (asked.startsWith("GET /version")) socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n{"ApiVersion":"1.41"}`);
        else if (asked.includes("/exec/1/start")) socket.end(`HTTP/1.1 409 Conflict\r\n\r\n{"message":"container is paused"}`);
        else socket.end("HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\nfirst bytes");
      },
    },
  });
  const docker = new DockerClient(path);
  const refused = await docker.startExec("1", true, 'run "tmux"').catch((error) => error);
  expect(refused).toBeInstanceOf(DockerError);
  expect(refused).toMatchObject({ message: 'cannot run "tmux": container is paused', status: 409 });
  const stream = await docker.startExec("2", true, 'run "tmux"');
  let got = "";
  stream.onData((bytes) => {
    got += Buffer.from(bytes).toString();
  });
  await stream.closed;
  expect(got).toBe("first bytes");
  server.stop(true);
});

test("queries as Docker reads them", () => {
  expect(pathOf("/x", { a: 1, b: undefined, filters: { label: ["l=1"] } })).toBe(
    "/x?a=1&filters=%7B%22label%22%3A%5B%22l%3D1%22%5D%7D",
  );
});

test("image names", () => {
  expect(["debian:12-slim", "a.b:5000/x/y", "a.b:5000/x/y:1"].map(partsOf)).toEqual([
    { repository: "debian", tag: "12-slim" },
    { repository: "a.b:5000/x/y", tag: "latest" },
    { repository: "a.b:5000/x/y", tag: "1" },
  ]);
});

test("an image is pulled only from a registry that its name says", () => {
  const names = ["clarateach/base:1", "base", "base:1", "ghcr.io/x/base:1", "localhost/base", "registry:5000/base"];
  expect(names.map(namesRegistry)).toEqual([false, false, false, true, true, true]);
});

test("control groups of both versions", () => {
  expect(groupFile("9:name=systemd:/x\n8:pids:/docker/abc\n4:memory:/docker/abc\n0::/docker/abc")).toBe(
    "/sys/fs/cgroup/pids/docker/abc/cgroup.procs",
  );
  expect(groupFile("0::/system.slice/docker-abc.scope\n")).toBe("/sys/fs/cgroup/system.slice/docker-abc.scope/cgroup.procs");
});
