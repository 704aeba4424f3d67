import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, rmSync } from "node:fs";
import { pack } from "tar-stream";
import { type DockerSeats, dockerSeats } from "../../../support/docker-seats.ts";
import { canRunDocker, type PrivateDocker, smallSeats, startDocker } from "../../../support/dockerd.ts";
import { type FilesServer, filesServer } from "../../files/files-server.ts";

async function starter(): Promise<Uint8Array> {
  const archive = pack();
  archive.entry({ name: "lesson/", type: "directory", mode: 0o755 });
  archive.entry({ name: "lesson/read.me", mode: 0o644 }, "Begin here.\n");
  archive.entry({ name: "lesson/run.sh", mode: 0o755 }, "echo running\n");
  archive.finalize();
  const pieces: Uint8Array[] = [];
  for await (const piece of archive as AsyncIterable<Uint8Array>) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe.skipIf(!canRunDocker)("files of a seat in a container (needs root, dockerd, iptables)", () => {
  let docker: PrivateDocker;
  let seats: DockerSeats;
  let files: FilesServer;
  const put = (path: string, content: string) =>
    fetch(`${files.url}/workspace/${path}`, { method: "PUT", body: JSON.stringify({ content }) });
  const get = async (path: string) => (await fetch(`${files.url}/workspace/${path}`)).json();
  const sh = async (line: string) => (await seats.sh(1, line)).stdout.trim();

  beforeAll(async () => {
    docker = await startDocker();
    seats = await dockerSeats([1], { settings: smallSeats(docker) }, { name: "lesson.tar", bytes: await starter() });
    files = filesServer(await seats.seat(1));
  });
  afterAll(async () => {
    await files?.stop();
    await seats?.remove();
    await docker?.stop();
    expect(files.surprises).toEqual([]);
  });

  test("starter files are the learner's", async () => {
    expect(await sh("stat -c '%U %a %n' lesson lesson/*; cat lesson/read.me")).toBe(
      "learner 755 lesson\nlearner 644 lesson/read.me\nlearner 755 lesson/run.sh\nBegin here.",
    );
    expect(await sh("echo mine >> lesson/read.me && ls -a /workspace")).not.toContain("unpacking");
  });

  test("what the agent makes belongs to the learner, and both see the same", async () => {
    expect((await put("new/deep/file.txt", "from the page\n")).status).toBe(200);
    expect(await sh("stat -c '%U:%G' new new/deep new/deep/file.txt | sort -u; cat new/deep/file.txt")).toBe(
      "learner:learner\nfrom the page",
    );
    expect(await sh("echo from the shell > new/deep/file.txt && echo done")).toBe("done");
    expect(await get("new/deep/file.txt")).toMatchObject({ content: "from the shell\n" });
  });

  test("a full seat: a sentence, and the old content stays", async () => {
    await put("kept.txt", "old");
    await sh("dd if=/dev/zero of=/workspace/huge bs=1M; dd if=/dev/zero of=/workspace/rest bs=512");
    const answer = await put("kept.txt", "n".repeat(1_000_000));
    expect(answer.ok).toBe(false);
    expect(await answer.json()).toMatchObject({ error: { message: expect.stringMatching(/full|space/i) } });
    expect(await get("kept.txt")).toMatchObject({ content: "old" });
    await sh("rm /workspace/huge /workspace/rest");
    expect((await put("kept.txt", "new")).status).toBe(200);
  });

  test("a directory swapped for a link while the agent writes: nothing outside is touched", async () => {
    const canary = `/etc/clarateach-canary-${process.pid}`;
    const name = canary.slice("/etc/".length);
    await sh("mkdir -p d && ln -sfn /etc e");
    const swap = "import ctypes\nc=ctypes.CDLL(None)\nwhile True: c.renameat2(-100,b'/workspace/d',-100,b'/workspace/e',2)";
    const swapper = await (await seats.seat(1)).spawn(["python3", "-c", swap]);
    const statuses = new Set<number>();
    for (let i = 0; i < 400; i++) statuses.add((await put(`d/${name}`, "x")).status);
    swapper.kill();
    await swapper.exited;
    expect(existsSync(canary)).toBe(false);
    rmSync(canary, { force: true });
    // Both sides of the race were met, and a link is refused.
    expect(statuses.has(200)).toBe(true);
    expect([...statuses].filter((status) => status !== 200).every((status) => status >= 400 && status < 500)).toBe(true);
    expect(statuses.size).toBeGreaterThan(1);
  });
});
