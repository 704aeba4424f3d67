/** What a VM runs at its start, with a metadata server of the emulator and files of its own; apt, Docker and systemd only say what they were asked. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startupScript } from "../../../provision/image/startup.ts";
import { officialClients } from "../../support/google-cloud/clients.ts";
import { type GoogleCloud, startGoogleCloud } from "../../support/google-cloud/google-cloud.ts";
import { type MetadataServer, startMetadataServer } from "../../support/google-cloud/metadata-server.ts";
import { sh } from "../../support/sh.ts";
import { until } from "../../support/until.ts";

const ZONE = "europe-west4-a";
/** Answers as long as nobody says that it is `broken`. */
const AGENT = '#!/bin/sh\necho "agent $*" >>"$ROOM/asked"\nif [ "$1" = seats ]; then test ! -e "$ROOM/broken"; fi\n';
const digestOf = (text: string) => createHash("sha256").update(text).digest("hex");
/** Directories that a machine has for itself. */
const OWN = ["/etc/systemd/system", "/usr/local/bin", "/var/lib", "/sys/module"];
const canUnshare = process.getuid?.() === 0 && Bun.which("unshare") !== null;

let google: GoogleCloud;
let files: Bun.Server<undefined>;
let room: string;
let metadata: MetadataServer | undefined;
beforeAll(async () => {
  google = await startGoogleCloud();
  files = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: ({ url }) => new Response(url.endsWith("/agent") ? AGENT : "seats"),
  });
});
afterAll(async () => {
  await files.stop(true);
  await google.end();
});
beforeEach(() => {
  room = mkdtempSync(join(tmpdir(), "ct-startup-"));
  for (const path of OWN) mkdirSync(join(room, path), { recursive: true });
  mkdirSync(join(room, "bin"));
  for (const name of ["systemctl", "apt-get"]) program(name, `echo "${name} $*" >>"$ROOM/asked"`);
  program("dockerd", "");
  program("journalctl", 'echo "what $2 said last"');
  program("sleep", "");
  writeFileSync(join(room, "startup.sh"), startupScript());
});
afterEach(async () => {
  await metadata?.end();
  rmSync(room, { recursive: true });
});

/** Found before the computer's own. */
function program(name: string, line: string): void {
  writeFileSync(join(room, "bin", name), `#!/bin/sh\n${line}\n`);
  chmodSync(join(room, "bin", name), 0o755);
}

let made = 0;
async function machineWith(items: Record<string, string>): Promise<void> {
  const [name, place] = [`vm-${++made}`, { project: "p1", zone: ZONE }];
  const clients = officialClients(google.port);
  const initializeParams = { sourceImage: "projects/debian-cloud/global/images/family/debian-12" };
  await clients.instances.insert({
    ...place,
    instanceResource: {
      name,
      machineType: `zones/${ZONE}/machineTypes/e2-standard-8`,
      disks: [{ boot: true, autoDelete: true, initializeParams }],
      networkInterfaces: [{ accessConfigs: [{}] }],
      metadata: { items: Object.entries(items).map(([key, value]) => ({ key, value })) },
    },
  });
  // Beside other tests the clients may have the product's own calls only, and no waiting is among them.
  const machine = () => google.world.compute.machines.get(`${ZONE}/${name}`);
  metadata = startMetadataServer(google.world, await until("the machine", machine));
}

/** In a mount namespace of its own: nothing of this computer is touched. */
async function boot(path = process.env.PATH): Promise<{ code: number; out: string; asked: string[] }> {
  const mounts = OWN.map((path) => `mount --bind "${room}${path}" "${path}"`).join(" && ");
  const run = `${mounts} && ROOM="${room}" GCE_METADATA_HOST=127.0.0.1:${metadata?.port} PATH="${room}/bin:${path}" bash "${room}/startup.sh" 2>&1`;
  const { code, out } = await sh("unshare", "--mount", "bash", "-c", run);
  const log = join(room, "asked");
  const asked = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
  rmSync(log, { force: true });
  return { code, out, asked };
}
const at = (path: string) => join(room, path);
const agentItems = () => ({
  "clarateach-agent-url": `http://127.0.0.1:${files.port}/agent`,
  "clarateach-agent-sha256": digestOf(AGENT),
});

test.skipIf(!canUnshare)(
  "a machine fetches what it lacks, writes its document and starts agent and door; again it fetches nothing",
  async () => {
    const seats = {
      "clarateach-seats-url": `http://127.0.0.1:${files.port}/seats`,
      "clarateach-seats-sha256": digestOf("seats"),
    };
    await machineWith({ "clarateach-boot": '{"nonce":"n"}', ...agentItems(), ...seats });
    const first = await boot();
    expect([first.code, first.out]).toEqual([0, expect.stringContaining("clarateach: the agent is started")]);
    expect(readFileSync(at("/usr/local/bin/clarateach-agent"), "utf8")).toBe(AGENT);
    expect(statSync(at("/usr/local/bin/clarateach-agent")).mode & 0o777).toBe(0o755);
    expect(readFileSync(at("/var/lib/clarateach/machine/machine.json"), "utf8")).toBe('{"nonce":"n"}');
    expect(statSync(at("/var/lib/clarateach/machine/machine.json")).mode & 0o777).toBe(0o600);
    expect(first.asked.filter((line) => !line.startsWith("apt-get"))).toEqual([
      "systemctl start docker",
      "agent image --tar /var/lib/clarateach/seats.tar",
      "systemctl daemon-reload",
      "systemctl restart clarateach-agent.service clarateach-door.service",
      "agent seats --machine /var/lib/clarateach/machine",
    ]);
    expect(existsSync(at("/var/lib/clarateach/seats.tar"))).toBe(false);
    expect(readFileSync(at("/etc/systemd/system/clarateach-agent.service"), "utf8")).toContain("serve --alone");
    const again = await boot();
    expect(again.code).toBe(0);
    expect(again.out).not.toContain("fetching");
    expect(again.asked.join()).not.toContain("agent image");
  },
);

test.skipIf(!canUnshare)("what Debian has is installed, also where its own update has the package lists at first", async () => {
  await machineWith(agentItems());
  rmSync(at("/bin/dockerd"));
  // The first two fail.
  program(
    "apt-get",
    'echo "apt-get $*" >>"$ROOM/asked"\ncase "$*" in *update) test "$(grep -c "update$" "$ROOM/asked")" -gt 2 ;; esac',
  );
  mkdirSync(at("/sys/module/apparmor/parameters"), { recursive: true });
  writeFileSync(at("/sys/module/apparmor/parameters/enabled"), "Y\n");
  // Nothing of /usr/sbin.
  const { code, asked } = await boot("/usr/bin:/bin");
  const apt = asked.filter((line) => line.startsWith("apt-get")).map((line) => line.replace(/ -\S+| -o \S+/g, ""));
  expect([code, apt.map((line) => line.replace(/ \S+=\S+/g, ""))]).toEqual([
    0,
    [...Array(3).fill("apt-get update"), "apt-get install docker.io iptables e2fsprogs apparmor"],
  ]);
});

test.skipIf(!canUnshare)(
  "settings of seats are where the agent's unit reads them, and forgotten when there are none any more",
  async () => {
    const lines = "CLARATEACH_OUTBOUND=none\nCLARATEACH_SEAT_MEMORY=1G\n";
    const path = "/var/lib/clarateach/settings.env";
    await machineWith({ "clarateach-boot": "{}", ...agentItems(), "clarateach-settings": lines });
    expect((await boot()).code).toBe(0);
    const address = /^\nCLARATEACH_NEKO_ADDRESS=127\.\d+\.\d+\.\d+\n$/;
    expect(readFileSync(at(path), "utf8")).toStartWith(lines);
    // Its own, as the metadata server knows it: the gateway had no machine yet when it wrote the settings.
    expect(readFileSync(at(path), "utf8").slice(lines.length)).toMatch(address);
    const files = [...startupScript().matchAll(/^EnvironmentFile=-(.*)$/gm)].map(([, file]) => file);
    expect(files).toEqual(["/etc/clarateach.env", path]);
    await metadata?.end();
    await machineWith({ "clarateach-boot": "{}", ...agentItems() });
    expect((await boot()).code).toBe(0);
    expect(readFileSync(at(path), "utf8")).toMatch(address);
  },
);

test.skipIf(!canUnshare)("what isn't what its digest says is not run", async () => {
  await machineWith({ "clarateach-boot": "{}", ...agentItems(), "clarateach-agent-sha256": "0".repeat(64) });
  const { code, out, asked } = await boot();
  expect([code, out]).toEqual([1, expect.stringContaining("isn't what it should be")]);
  expect(existsSync(at("/usr/local/bin/clarateach-agent"))).toBe(false);
  expect(asked.join()).not.toContain("restart");
});

test.skipIf(!canUnshare)("without a document it is only prepared, to make an image of; without an agent it says so", async () => {
  await machineWith(agentItems());
  const prepared = await boot();
  expect([prepared.code, prepared.out]).toEqual([0, expect.stringContaining("prepared; there is no clarateach-boot")]);
  expect(prepared.asked.join()).not.toContain("restart");
  expect(prepared.asked).toContain("agent tools");
  mkdirSync(at("/var/lib/clarateach/machine/identity"));
  expect(await boot()).toMatchObject({ code: 1, out: expect.stringContaining("an image of it would have its keys") });
  rmSync(at("/usr/local/bin/clarateach-agent"));
  await metadata?.end();
  await machineWith({ "clarateach-boot": "{}" });
  expect(await boot()).toMatchObject({ code: 1, out: expect.stringContaining("there is no agent") });
});

test.skipIf(!canUnshare)(
  "what keeps a machine from starting stands at the end of the serial port, with what the program said",
  async () => {
    await machineWith({ "clarateach-boot": "{}", ...agentItems() });
    writeFileSync(at("/broken"), "");
    const silent = await boot();
    expect([silent.code, silent.out.trim().split("\n").slice(-2)]).toEqual([
      1,
      ["what clarateach-agent.service said last", "clarateach: the agent doesn't answer; its last lines stand before this one"],
    ]);
    program("systemctl", "exit 1");
    const idle = await boot();
    expect([idle.code, idle.out.trim().split("\n")]).toEqual([
      1,
      ["what docker said last", "clarateach: docker doesn't start; its last lines stand before this one"],
    ]);
    program("systemctl", 'test "$1" = start');
    const stopped = await boot();
    expect([stopped.code, stopped.out]).toEqual([
      1,
      expect.stringMatching(/this machine did not start: line \d+, systemctl daemon-reload/),
    ]);
  },
);

test("the whole of it is a fraction of what metadata holds, and has its units in it", async () => {
  expect((await sh(process.execPath, "provision/image/startup.ts")).out).toBe(startupScript());
  expect(startupScript().length).toBeLessThan(20_000);
  expect(startupScript()).not.toMatch(/^@/m);
});

test("systemd finds no fault in the units; the door has hardly anything to attack, the agent half of what root has", async () => {
  // Exposure, from 0 to 100 (`systemd-analyze security`); a service of root's without settings has 96.
  for (const [name, most] of [
    ["clarateach-agent", 60],
    ["clarateach-door", 20],
  ] as const) {
    const path = join(room, `${name}.service`);
    // verify wants the program to be there.
    const unit = readFileSync(new URL(`../../../provision/image/${name}.service`, import.meta.url), "utf8");
    writeFileSync(path, unit.replace("/usr/local/bin/clarateach-agent", "/bin/true"));
    expect(await sh("systemd-analyze", "verify", path)).toEqual({ code: 0, out: "", err: "" });
    const { code, out } = await sh("systemd-analyze", "security", "--offline=true", `--threshold=${most}`, "--no-pager", path);
    expect([name, code, out.trim().split("\n").at(-1)]).toEqual([name, 0, expect.any(String)]);
  }
});

test("the door, which anybody may talk to, can't ask Google's metadata server, by neither protocol", () => {
  const unit = readFileSync(join(import.meta.dir, "../../../provision/image/clarateach-door.service"), "utf8");
  const denied = /^IPAddressDeny=(.*)$/m.exec(unit)?.[1]?.split(" ");
  // 169.254.169.254 is link-local.
  expect(denied).toEqual(expect.arrayContaining(["link-local", "fd20:ce::254"]));
});
