import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SOURCES, SUITE } from "../../agent/seats/docker/image/recipe.ts";
import { sh } from "./sh.ts";

/** Kept over runs: making it takes a minute, and 130 MB from Debian's mirrors. */
const CACHE = join(import.meta.dir, "..", "..", ".cache", "bare-debian");
/** What Google's Debian 12 has of what a start needs, and no more: neither Docker nor iptables. */
const INCLUDED = ["ca-certificates", "curl", "dbus", "iproute2", "procps", "systemd", "systemd-sysv", "udev"];
/** What provision/image/startup.sh installs, for machines that reach no mirror. */
const FETCHED = ["docker.io", "iptables", "e2fsprogs", "apparmor"];
/** As Google's guest agent does it: the startup script's lines go to the serial port, here a file, after its name. */
export const SERIAL_FILE = "var/log/serial-port-1";

const STARTUP_UNIT = `[Unit]
Description=Google Compute Engine Startup Scripts
After=basic.target

[Service]
Type=oneshot
ExecStart=/usr/local/bin/run-startup-script
StandardOutput=append:/${SERIAL_FILE}
StandardError=inherit
`;
const RUN_STARTUP_SCRIPT = `#!/bin/bash
until curl -sf -m 2 -H 'Metadata-Flavor: Google' -o /run/startup-script http://metadata.google.internal/computeMetadata/v1/instance/attributes/startup-script; do sleep 0.2; done
bash /run/startup-script 2>&1 | sed -u 's/^/startup-script: /'
echo "startup-script exit status \${PIPESTATUS[0]}"
`;

/** Debian 12 as a cloud's image of it is, with a mirror of what a start fetches from it. */
export interface BareDebian {
  root: string;
  /** Of the mirror: `Packages` and what it names. */
  mirror: string;
}

/** Made at the first use. */
export async function haveBareDebian(): Promise<BareDebian> {
  const recipe = JSON.stringify([SOURCES, INCLUDED, FETCHED, STARTUP_UNIT, RUN_STARTUP_SCRIPT]);
  const place = join(CACHE, createHash("sha256").update(recipe).digest("hex").slice(0, 16));
  if (!existsSync(place)) {
    mkdirSync(CACHE, { recursive: true });
    for (const old of readdirSync(CACHE)) rmSync(join(CACHE, old), { recursive: true });
    const unfinished = `${place}.new`;
    await make(unfinished);
    renameSync(unfinished, place);
  }
  return { root: join(place, "root"), mirror: join(place, "mirror") };
}

async function make(place: string): Promise<void> {
  const [root, mirror] = [join(place, "root"), join(place, "mirror")];
  mkdirSync(mirror, { recursive: true });
  const fetch = `chroot "$1" apt-get clean && chroot "$1" apt-get install -y -qq --download-only --no-install-recommends ${FETCHED.join(" ")}`;
  const options = ["--quiet", "--format=directory", "--variant=minbase", `--include=${INCLUDED.join(",")}`];
  const hooks = [`--customize-hook=${fetch} && mv "$1"/var/cache/apt/archives/*.deb ${mirror}`];
  const made = await sh("mmdebstrap", ...options, ...hooks, SUITE, root, ...SOURCES);
  if (made.code !== 0) throw new Error(`mmdebstrap failed: ${made.err}`);
  const packages = readdirSync(mirror);
  writeFileSync(join(mirror, "Packages"), (await Promise.all(packages.map((name) => entryOf(mirror, name)))).join("\n"));
  rmSync(join(root, "etc/apt/sources.list.d"), { recursive: true, force: true });
  writeFileSync(join(root, "etc/apt/sources.list"), "deb [trusted=yes] http://deb.debian.org/debian ./\n");
  writeFileSync(join(root, "usr/local/bin/run-startup-script"), RUN_STARTUP_SCRIPT, { mode: 0o755 });
  writeFileSync(join(root, "etc/systemd/system/google-startup-scripts.service"), STARTUP_UNIT);
}

/** Of the index (deb-src-control's form, as apt reads it). */
async function entryOf(mirror: string, name: string): Promise<string> {
  const path = join(mirror, name);
  const digest = createHash("sha256").update(readFileSync(path)).digest("hex");
  const control = (await sh("dpkg-deb", "--field", path)).out.trim();
  return `${control}\nFilename: ./${name}\nSize: ${statSync(path).size}\nSHA256: ${digest}\n`;
}
