/** The recipe of live video's image, as far as that can be told without one: test/e2e makes it of a stand-in, and starts it. */
import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { $ } from "bun";
import { NEKO_CDP_PORT } from "../../../agent/contract/neko.ts";
import { LEARNER, NEKO, RUN_INSIDE, WORKSPACE } from "../../../agent/seats/docker/names.ts";
import { until } from "../../support/until.ts";

const RECIPE = join(import.meta.dir, "../../../provision/image/neko");
const read = (name: string) => readFileSync(join(RECIPE, name), "utf8");
const canUnshare = process.getuid?.() === 0 && Bun.which("unshare") !== null;
/** What quoting may break. */
const SECRETS = { NEKO_SESSION_API_TOKEN: "s3cret", NEKO_CAPTURE_VIDEO_PIPELINES: `{"main":{"gst":"! a ' b $HOME \\"}}` };

test("its programs are shell scripts that can be run", async () => {
  for (const name of readdirSync(join(RECIPE, "bin"))) {
    expect([name, statSync(join(RECIPE, "bin", name)).mode & 0o111]).toEqual([name, 0o111]);
    expect([name, (await $`bash -n ${join(RECIPE, "bin", name)}`.nothrow().quiet()).exitCode]).toEqual([name, 0]);
  }
});

test("what agent and recipe have to agree on: ports, places, users", () => {
  expect(read("bin/clarateach-chromium")).toContain(`--remote-debugging-port=${NEKO_CDP_PORT} `);
  expect(read("bin/clarateach-x11vnc")).toContain(`-unixsock ${RUN_INSIDE}/vnc.sock -rfbport 0 -rfbportv6 -1 `);
  expect(read("bin/clarateach-neko-server")).toContain(`HOME=${NEKO.home} USER=${NEKO.name} `);
  expect(read("bin/clarateach-neko-server")).toContain(`--reuid=${NEKO.name} --regid=${NEKO.name} `);
  for (const place of [WORKSPACE, LEARNER.home, RUN_INSIDE]) expect(read("Dockerfile")).toContain(` ${place}`);
  const own = readFileSync(join(RECIPE, "../../../agent/previews/browser.ts"), "utf8");
  expect(own).toContain("$HOME/.config/clarateach-browser");
  expect(read("bin/clarateach-chromium")).toContain("$HOME/.config/clarateach-browser");
});

test("whatever runs in it but the server is the learner's", () => {
  const programs = `${read("chromium.conf")}${read("clarateach.conf")}`.split("[program:").slice(1);
  expect(programs.map((text) => [text.split("]")[0], /^user=(.*)$/m.exec(text)?.[1]])).toEqual([
    ["chromium", "learner"],
    ["openbox", "learner"],
    ["neko", "root"],
    // Whoever USER is.
    ["x-server", undefined],
    ["pulseaudio", undefined],
    ["x11vnc", "learner"],
  ]);
  expect(read("Dockerfile")).toContain("\nENV USER=learner\n");
});

test("whatever needs the display waits for it", () => {
  const programs = `${read("chromium.conf")}${read("clarateach.conf")}`.split("[program:").slice(1);
  const commands = programs.map((text) => /^command=(\S*)/m.exec(text)?.[1]);
  // Those of the X server and of the sound's are neko's.
  expect(commands).toEqual(
    programs.map((text) => (/^(x-server|pulseaudio)\]/.test(text) ? undefined : "/usr/local/bin/clarateach-display")),
  );
});

test("Playwright sees pages, downloads land in the work, nothing is installed by force", () => {
  expect(JSON.parse(read("policies.json"))).toMatchObject({
    ...{ DeveloperToolsAvailability: 1, DownloadDirectory: WORKSPACE, DownloadRestrictions: 0 },
    ...{ AllowFileSelectionDialogs: true, ExtensionInstallForcelist: [] },
  });
});

test("a FIFO where the browser has its preferences doesn't hold its start up", async () => {
  const home = mkdtempSync(join(tmpdir(), "ct-neko-"));
  const preferences = join(home, ".config/clarateach-browser/Default/Preferences");
  await $`mkdir -p ${dirname(preferences)}`;
  Bun.spawnSync(["mkfifo", preferences]);
  const started = Bun.spawn([join(RECIPE, "bin/clarateach-chromium")], { env: { PATH: process.env.PATH, HOME: home } });
  await until("its preferences", () => {
    const found = statSync(preferences, { throwIfNoEntry: false });
    return found?.isFile() && found.size > 0;
  });
  expect(JSON.parse(readFileSync(preferences, "utf8")).download.default_directory).toBe(WORKSPACE);
  started.kill();
  await started.exited;
  rmSync(home, { recursive: true });
});

test.skipIf(!canUnshare)("passwords go on to the server, as they were given, and to no other program", async () => {
  const room = mkdtempSync(join(tmpdir(), "ct-neko-"));
  const first = read("bin/clarateach-neko").replace(
    /exec .*supervisord.*/,
    "env; echo --; cat /run/neko.env; stat -c %a /run/neko.env",
  );
  writeFileSync(join(room, "id"), "#!/bin/sh\necho 1234\n", { mode: 0o755 });
  writeFileSync(join(room, "first"), `${first}\n`);
  writeFileSync(join(room, "second"), '. /run/neko.env; printf "%s" "$NEKO_CAPTURE_VIDEO_PIPELINES"\n');
  const line = "mount -t tmpfs none /run && bash $0/first && echo -- && bash $0/second";
  const env = { PATH: `${room}:/usr/bin:/bin:/usr/sbin`, ...SECRETS };
  const { stdout, stderr } = Bun.spawnSync(["unshare", "--mount", "sh", "-ec", line, room], { env });
  const [known = "", kept = "", again = ""] = stdout.toString().split("--\n");
  expect(stderr.toString()).toBe("");
  expect(known).toContain("XDG_RUNTIME_DIR=/run/user/1234");
  expect(known).not.toMatch(/NEKO_|s3cret/);
  expect(kept).toContain("export NEKO_SESSION_API_TOKEN=s3cret\n");
  expect(kept).toEndWith("\n600\n");
  expect(again).toBe(SECRETS.NEKO_CAPTURE_VIDEO_PIPELINES);
  rmSync(room, { recursive: true });
});
