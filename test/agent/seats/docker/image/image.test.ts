import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $, type Server } from "bun";
import { callDocker } from "../../../../../agent/seats/docker/client/http.ts";
import { runToEnd } from "../../../../../agent/seats/docker/container/programs.ts";
import { DockerHost } from "../../../../../agent/seats/docker/docker-host.ts";
import { buildImageFrom } from "../../../../../agent/seats/docker/image/builder.ts";
import { examineImage } from "../../../../../agent/seats/docker/image/doctor-image.ts";
import { haveImage, type ImageGiven } from "../../../../../agent/seats/docker/image/image.ts";
import { RECIPE_LABEL, recipeDigest, SUITE } from "../../../../../agent/seats/docker/image/recipe.ts";
import { writeTrust } from "../../../../../agent/seats/docker/image/trust.ts";
import { canRunDocker, type PrivateDocker, smallSeats, startDocker } from "../../../../support/dockerd.ts";
import { type Registry, startRegistry } from "../../../../support/registry.ts";

/** A Debian is made here, and the image of it. */
const LIMIT = 600_000;
/** 350 MB otherwise, which the gate has fetched and unpacked already for the image that it makes itself. */
const PACKAGES = process.env.TEST_FULL ? {} : { packages: ["ca-certificates", "tmux"] };
const DEBIAN = "http://deb.debian.org";
const MADE = "clarateach/pulled:1";

/** Behind a proxy that opens TLS: the registry's Debian fetches its packages by https, under a certificate that only the class knows. */
describe.skipIf(!canRunDocker)("the seats' image where a registry is in reach (needs root, dockerd, mmdebstrap)", () => {
  let room: string;
  let registry: Registry;
  let docker: PrivateDocker;
  let mirror: Server<undefined>;
  let given: ImageGiven;

  beforeAll(async () => {
    room = await mkdtemp(join(tmpdir(), "ct-image-"));
    registry = await startRegistry();
    docker = await startDocker({ registry: registry.url });
    const { address } = docker;
    const [key, cert] = [join(room, "key.pem"), join(room, "cert.pem")];
    await $`openssl req -x509 -newkey rsa:2048 -nodes -keyout ${key} -out ${cert} -days 2 -subj /CN=mirror -addext subjectAltName=IP:${address}`.quiet();
    mirror = Bun.serve({
      ...{ hostname: address, port: 0, idleTimeout: 0, tls: { key: Bun.file(key), cert: Bun.file(cert) } },
      fetch: (request) => fetch(DEBIAN + new URL(request.url).pathname, { decompress: false }),
    });
    await registry.push("library/debian", "12-slim", await smallDebian(`https://${address}:${mirror.port}/debian`));
    await forget("debian:12-slim");
    await forget(MADE);
    const trusted = await writeTrust(cert, join(room, "trust"));
    const signal = new AbortController().signal;
    given = { docker: docker.docker, reference: MADE, machine: "clarateach-ws-image1", trusted, signal, log() {}, ...PACKAGES };
  }, LIMIT);
  afterAll(async () => {
    if (docker) for (const name of [MADE, "debian:12-slim"]) await forget(name);
    await mirror?.stop(true);
    await docker?.stop();
    await registry?.stop();
    await rm(room, { recursive: true, force: true });
  }, LIMIT);

  /** Debian as its own image has it: nothing that could check a certificate but apt. */
  async function smallDebian(source: string): Promise<string> {
    const file = join(room, "debian.tar");
    const hook = `echo 'deb ${source} ${SUITE} main' > "$1/etc/apt/sources.list"`;
    await $`mmdebstrap --quiet --format=tar --variant=minbase --customize-hook=${hook} ${SUITE} ${file} ${DEBIAN}/debian`.quiet();
    return file;
  }

  async function forget(image: string): Promise<void> {
    const call = { what: `remove image "${image}"`, method: "DELETE", path: `/images/${image}`, query: { force: true } } as const;
    await callDocker(docker.socket, call).then(
      (answer) => answer.resume(),
      () => {},
    );
  }

  test(
    "without the certificate nothing is made, and it is said why; no builder is left",
    async () => {
      expect(haveImage({ ...given, trusted: undefined })).rejects.toThrow(/cannot build "clarateach\/pulled:1".*[Cc]ertificate/s);
      expect(await docker.docker.inspectImage(MADE)).toBeUndefined();
      expect(await docker.docker.listContainers({})).toEqual([]);
    },
    LIMIT,
  );

  test(
    "with it Debian is pulled, the packages are installed, and the image keeps neither the certificate nor a word of it",
    async () => {
      const image = await haveImage(given);
      expect(image.Config?.Labels?.[RECIPE_LABEL]).toBe(recipeDigest());
      expect(JSON.stringify(image.Config)).not.toMatch(/clarateach-ws-image1|SSL_CERT_FILE|APT_CONFIG/);
      const id = await docker.docker.createContainer("from-pulled", {
        ...{ Image: MADE, Hostname: "x", User: "0:0", WorkingDir: "/", Env: [], Labels: {} },
        ...{ Entrypoint: [], Cmd: ["sleep", "infinity"], HostConfig: {} },
      });
      await docker.docker.startContainer(id);
      const words = (await Bun.file(join(room, "cert.pem")).text()).split("\n")[2] ?? "";
      await writeFile(join(room, "words"), words);
      const programs = process.env.TEST_FULL ? "tmux -V && node --version && chromium --version" : "tmux -V";
      const look = `${programs}
grep -c BEGIN /etc/ssl/certs/ca-certificates.crt
! grep -rl '${words}' /etc /usr/local /usr/share/ca-certificates /run /var 2>/dev/null && ! ls /run/clarateach-ca/* 2>/dev/null`;
      const found = await runToEnd({ docker: docker.docker, container: id, uid: 0 }, ["sh", "-ec", look], { cwd: "/" });
      expect(found).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(process.env.TEST_FULL ? /^tmux 3.*Chromium.*\n\d{2,3}\n$/s : /^tmux 3.*\n\d{2,3}\n$/),
      });
      await docker.docker.removeContainer(id);
    },
    LIMIT,
  );

  test(
    "a build that ends its shell early takes the certificate out all the same",
    async () => {
      await buildImageFrom(given, "debian:12-slim", "exit 0", { repository: "clarateach/early", tag: "1", labels: ["a=b"] });
      const id = await docker.docker.createContainer("early", {
        ...{ Image: "clarateach/early:1", Hostname: "x", User: "0:0", WorkingDir: "/", Env: [], Labels: {} },
        ...{ Entrypoint: [], Cmd: ["sleep", "infinity"], HostConfig: {} },
      });
      await docker.docker.startContainer(id);
      const { stdout } = await runToEnd(
        { docker: docker.docker, container: id, uid: 0 },
        ["ls", "/usr/local/share/ca-certificates"],
        { cwd: "/" },
      );
      expect(stdout).toBe("");
      await docker.docker.removeContainer(id);
      await forget("clarateach/early:1");
    },
    LIMIT,
  );

  test(
    "an image of somebody else's without a terminal in it: doctor and machine say what it lacks",
    async () => {
      const settings = { ...smallSeats(docker), image: "debian:12-slim" };
      expect(await examineImage(docker.docker, settings)).toMatchObject({
        state: "bad",
        found: expect.stringContaining("without /usr/bin/tmux, /usr/bin/tini"),
      });
      const machine = new DockerHost(
        { machine: "clarateach-ws-image1", directory: room, memory: NO_MEMORY, starterPath: String },
        settings,
      );
      const prepared = machine.prepare([1], new AbortController().signal, () => {});
      expect(prepared).rejects.toThrow('The image "debian:12-slim" has no /usr/bin/tmux, /usr/bin/tini. Install them in it');
      await prepared.catch(() => {});
    },
    LIMIT,
  );
});

const NO_MEMORY = { get: () => undefined, set() {}, keys: () => [] };
