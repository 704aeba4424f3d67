import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import { callDocker } from "../../../../../agent/seats/docker/client/http.ts";
import { BUILDER_LIMITS } from "../../../../../agent/seats/docker/layers/builder.ts";
import { KEY_LABEL } from "../../../../../agent/seats/docker/layers/layers.ts";
import { sweepLayers } from "../../../../../agent/seats/docker/layers/sweep.ts";
import { machineLabels, seatObject } from "../../../../../agent/seats/docker/names.ts";
import { canRunDocker, type PrivateDocker, smallSeats, startDocker } from "../../../../support/dockerd.ts";
import { type Layered, layered } from "../../../../support/layered.ts";
import { until } from "../../../../support/until.ts";

const HOOK = "hooks/setup-base";
const HOUR_MS = 60 * 60_000;

describe.skipIf(!canRunDocker)("what is kept of layers, and how long (needs root, dockerd, iptables)", () => {
  let docker: PrivateDocker;
  let room: string;
  let machine: Layered | undefined;
  beforeAll(async () => {
    docker = await startDocker();
    room = mkdtempSync(join(tmpdir(), "ct-kept-"));
  });
  afterAll(async () => {
    await docker?.stop();
    rmSync(room, { recursive: true, force: true });
  });
  afterEach(async () => {
    await machine?.remove();
    machine = undefined;
  });
  /** Tags with `mark` in them. */
  const layers = async (mark: string) =>
    (await docker.docker.listImages(KEY_LABEL)).flatMap(({ RepoTags }) => (RepoTags ?? []).filter((tag) => tag.includes(mark)));

  /** `docker save`, unpacked, searched for each of `words`: which are in it. */
  async function foundIn(image: string, words: Record<string, string>): Promise<string[]> {
    const tar = join(room, "saved.tar");
    const answer = await callDocker(docker.socket, { what: "save it", method: "GET", path: `/images/${image}/get` });
    await Bun.write(tar, new Response(answer as never));
    const files = join(room, "saved");
    await $`rm -rf ${files} && mkdir ${files} && tar -xf ${tar} -C ${files}`.quiet();
    // The base is the first of all layers and has been there before; what is ours stands on it.
    const own = JSON.parse(await Bun.file(join(files, "manifest.json")).text())[0].Layers.slice(1) as string[];
    for (const layer of own)
      await $`mkdir -p ${join(files, `${layer}.files`)} && tar -xf ${join(files, layer)} -C ${join(files, `${layer}.files`)}`
        .quiet()
        .nothrow();
    const base = JSON.parse(await Bun.file(join(files, "manifest.json")).text())[0].Layers[0] as string;
    await $`rm -rf ${join(files, base)}`;
    const found: string[] = [];
    for (const [what, word] of Object.entries(words))
      if ((await $`grep -rlaF ${word} ${files}`.quiet().nothrow()).exitCode === 0) found.push(what);
    return found;
  }

  test("a saved layer has what hooks made, and neither their environment, nor a secret, nor the class's certificate, nor what package managers fetched", async () => {
    const [key, cert] = [join(room, "key.pem"), join(room, "cert.pem")];
    await $`openssl req -x509 -newkey rsa:2048 -nodes -keyout ${key} -out ${cert} -days 2 -subj /CN=classroom-authority`.quiet();
    const words = (await Bun.file(cert).text()).split("\n")[3] ?? "";
    const [made, cached] = [crypto.randomUUID(), crypto.randomUUID()];
    const mark = made.slice(0, 8);
    const script = [
      `echo ${made} > /opt/made`,
      `echo ${cached} | tee /var/cache/npm/mine /var/cache/pip/mine /var/cache/apt/archives/mine /var/lib/apt/lists/mine > /tmp/mine`,
      // It is trusted meanwhile.
      `grep -qF '${words}' /etc/ssl/certs/ca-certificates.crt && grep -qF '${words}' "$NODE_EXTRA_CA_CERTS" && grep -qF '${words}' "$SSL_CERT_FILE"`,
      "env > /proc/self/fd/1",
    ].join("\n");
    const environment = () => ({ ANTHROPIC_AUTH_TOKEN: "seat-token-of-a-learner" });
    machine = await layered({ settings: { ...smallSeats(docker), trustedCa: cert } }, BUILDER_LIMITS, environment);
    await machine.want([1], { [`x${mark}`]: { [HOOK]: script } });
    const seat = await machine.ready(1);
    expect((await seat.exec(["cat", "/opt/made"])).stdout).toBe(`${made}\n`);
    expect((await seat.exec(["sh", "-c", "echo $ANTHROPIC_AUTH_TOKEN"])).stdout).toBe("seat-token-of-a-learner\n");
    const [image = ""] = await layers(`x${mark}-`);
    const found = await foundIn(image, {
      made,
      cached,
      certificate: words,
      authority: "classroom-authority",
      token: "seat-token-of-a-learner",
      environment: "NPM_CONFIG_CACHE",
      trust: "SSL_CERT_FILE",
      frontend: "DEBIAN_FRONTEND=noninteractive",
    });
    // The hook itself is in the SDK's directory, not in the layer: what it made is all.
    expect(found).toEqual(["made"]);
    // Docker itself notes which builder it was; what containers inherit says nothing of the class.
    const config = JSON.stringify((await docker.docker.inspectImage(image))?.Config);
    expect(config).not.toMatch(/clarateach-ws-|NPM_CONFIG|SSL_CERT|ANTHROPIC/);
  });

  test("layers go when nobody has used them for an hour, from the top; not while a seat is made from one", async () => {
    machine = await layered({ settings: smallSeats(docker) });
    const here = machine;
    const mark = crypto.randomUUID().slice(0, 8);
    const name = (which: string) => `${which}${mark}`;
    const hook = { [HOOK]: `echo ${mark} > /opt/x` };
    await here.want([1], { [name("below")]: hook, [name("used")]: hook });
    await here.ready(1);
    await here.want([1, 2], { [name("below")]: hook, [name("spare")]: hook });
    await here.ready(2);
    const kinds = async () => (await layers(mark)).map((tag) => tag.slice("clarateach/layer:".length).split(mark)[0]).toSorted();
    expect(await kinds()).toEqual(["below", "spare", "used"]);
    const later = Date.now() + HOUR_MS + 60_000;
    await sweepLayers(docker.docker, [], later);
    expect(await kinds()).toEqual(["below", "spare", "used"]);
    await here.want([1], { [name("below")]: hook, [name("used")]: hook });
    await goneSeat(here, 2);
    // It was used within the hour.
    await sweepLayers(docker.docker, []);
    expect(await kinds()).toEqual(["below", "spare", "used"]);
    await sweepLayers(docker.docker, [], later);
    expect(await kinds()).toEqual(["below", "used"]);
    // A seat whose container is gone for the moment is started again from its own.
    const image = (await docker.docker.inspectContainer(seatObject(here.machine, 1)))?.Image ?? "";
    await here.close();
    await docker.docker.removeContainer(seatObject(here.machine, 1));
    await sweepLayers(docker.docker, [image], later);
    expect(await kinds()).toEqual(["below", "used"]);
    await sweepLayers(docker.docker, [], later);
    expect(await kinds()).toEqual([]);
    expect(await docker.docker.inspectImage(image)).toBeUndefined();
    await here.open();
    expect((await docker.docker.listContainers(machineLabels(here.machine))).length).toBeLessThanOrEqual(1);
  });

  test("caches are the machine's, and go with it; those that its own SDKs may write in are others than ours use", async () => {
    machine = await layered({ settings: smallSeats(docker) });
    const here = machine;
    await here.want([1], { one: { [HOOK]: `echo x > /var/cache/npm/x # ${crypto.randomUUID()}` } });
    await here.ready(1);
    const names = async () => (await docker.docker.listVolumes(machineLabels(here.machine))).map(({ Name }) => Name);
    expect(await names()).toContain(`${here.machine}-project-npm`);
    await here.remove();
    machine = undefined;
    expect(await names()).toEqual([]);
  });

  async function goneSeat(here: Layered, seat: number): Promise<void> {
    await until(
      "the seat to go",
      async () => (await docker.docker.inspectContainer(seatObject(here.machine, seat))) === undefined,
    );
  }
});
