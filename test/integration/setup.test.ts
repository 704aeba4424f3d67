/** A fresh clone behind a registry that gives another program under Bun's name. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $, type Server } from "bun";

const ROOT = new URL("../..", import.meta.url).pathname;
const PLATFORM = `@oven/bun-linux-${process.arch === "arm64" ? "aarch64" : "x64"}`;

let room: string;
let registry: Server<undefined>;
beforeAll(async () => {
  room = await mkdtemp(join(tmpdir(), "ct-setup-"));
  await mkdir(join(room, "clone/scripts"), { recursive: true });
  for (const name of ["scripts/setup", "scripts/bun", "bun.lock", "package.json"])
    await cp(join(ROOT, name), join(room, "clone", name), { recursive: true });
  await mkdir(join(room, "package/bin"), { recursive: true });
  // What Bun's own installation would run, and what would run as Bun.
  await writeFile(join(room, "package/install.js"), `require("fs").writeFileSync(${JSON.stringify(join(room, "was-run"))}, "")`);
  await writeFile(join(room, "package/bin/bun"), `#!/bin/sh\ntouch ${room}/was-run\necho 1.4.4\n`, { mode: 0o755 });
  const scripts = { postinstall: "node install.js" };
  const described = { version: "1.4.4", bin: { bun: "bin/bun" }, scripts };
  registry = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const name = decodeURIComponent(new URL(request.url).pathname.slice(1));
      if (!name.endsWith(".tgz")) {
        const dist = { tarball: `${registry.url}${name}.tgz` };
        return Response.json({ name, "dist-tags": { latest: "1.4.4" }, versions: { "1.4.4": { name, ...described, dist } } });
      }
      await writeFile(join(room, "package/package.json"), JSON.stringify({ name: name.slice(0, -4), ...described }));
      return new Response(await $`tar -C ${room} -czf - package`.arrayBuffer());
    },
  });
});
afterAll(async () => {
  await registry.stop(true);
  await rm(room, { recursive: true });
});

test("nothing of it is run, nothing of it stays, and it is said what was wrong", async () => {
  const npm = { npm_config_registry: registry.url.href, npm_config_cache: join(room, "cache"), npm_config_fetch_retries: "0" };
  const env = { PATH: process.env.PATH ?? "", HOME: room, ...npm };
  const setup = Bun.spawn(["bash", "-ec", ". scripts/setup"], { cwd: join(room, "clone"), env, stdout: "pipe", stderr: "pipe" });
  const said = await new Response(setup.stderr).text();
  expect(await setup.exited).toBe(1);
  expect(said).toContain("the digest of scripts/bun/package-lock.json");
  expect(await Bun.file(join(room, "was-run")).exists()).toBe(false);
  expect(await Bun.file(join(room, "clone/.tools/bun-1.4.4", "node_modules", PLATFORM, "bin/bun")).exists()).toBe(false);
});
