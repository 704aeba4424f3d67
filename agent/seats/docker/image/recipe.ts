import { createHash } from "node:crypto";
import { LEARNER, RUN_INSIDE, WORKSPACE } from "../names.ts";

/** What a seat's base image is made of, whoever makes it: mmdebstrap from Debian's mirrors, or apt in a pulled `debian:12-slim`. */
export const SUITE = "bookworm";
export const PULLED_BASE = { repository: "debian", tag: "12-slim" } as const;

/** Debian's own key and no other that a computer may trust. A pulled Debian has its sources under the same. */
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** With what is mended between two releases of Debian: the browser above all. */
export const SOURCES: readonly string[] = [
  ["debian", SUITE],
  ["debian", `${SUITE}-updates`],
  ["debian-security", `${SUITE}-security`],
].map(([path, suite]) => `deb [signed-by=${KEYRING}] http://deb.debian.org/${path} ${suite} main`);

/** What isn't signed is never installed, whatever else a base image says. */
export const APT_OPTIONS: readonly string[] = [
  'Acquire::AllowInsecureRepositories "false"',
  'Acquire::AllowDowngradeToInsecureRepositories "false"',
  'APT::Get::AllowUnauthenticated "false"',
];

const SHELL = [
  "bash",
  "bash-completion",
  "ca-certificates",
  "curl",
  "git",
  "iproute2",
  "less",
  "nano",
  "netcat-openbsd",
  "openssh-client",
];
const MORE = ["procps", "python3", "tini", "tmux", "tzdata", "unzip", "vim-tiny", "xz-utils", "zip"];
/** The Claude CLI and most classes run on it. */
const NODE = ["nodejs"];
/** The preview: one screen that is X and VNC server in one, what fits windows to it, one browser, letters. */
const PREVIEW = [
  "chromium",
  "tigervnc-standalone-server",
  "matchbox-window-manager",
  "xauth",
  "fonts-dejavu-core",
  "fonts-noto-color-emoji",
];

export const PACKAGES: readonly string[] = [...SHELL, ...MORE, ...NODE, ...PREVIEW];

/** Neither manuals nor translations: a third of the size. */
export const DPKG_OPTIONS = [
  "path-exclude=/usr/share/doc/*",
  "path-exclude=/usr/share/man/*",
  "path-exclude=/usr/share/locale/*",
  "path-exclude=/usr/share/info/*",
];

/** Run as root in the new file system when the packages are there. No learner: each seat has one of its own, by its own uid. */
export const FINISH = `set -e
mkdir -p ${[WORKSPACE, LEARNER.home, RUN_INSIDE, "/run/user", "/etc/chromium/policies/managed"].join(" ")}
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*.log /var/log/apt
find / -xdev -perm /6000 -type f -exec chmod a-s {} +
`;

/** Goes up with the recipe: `scripts/build-image` makes an image of another one again. */
export const recipeDigest = (): string =>
  createHash("sha256")
    .update(JSON.stringify([SOURCES, APT_OPTIONS, PACKAGES, DPKG_OPTIONS, FINISH]))
    .digest("hex")
    .slice(0, 16);

export const RECIPE_LABEL = "clarateach.recipe";
/** When the packages were fetched: a file system that is imported late isn't young. */
export const MADE_LABEL = "clarateach.made";

export const imageLabels = (made: Date): string[] => [`${RECIPE_LABEL}=${recipeDigest()}`, `${MADE_LABEL}=${made.toISOString()}`];
