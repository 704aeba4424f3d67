import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import { callDocker } from "../../../../../agent/seats/docker/client/http.ts";
import { KEY_LABEL } from "../../../../../agent/seats/docker/layers/layers.ts";
import { sweepLayers } from "../../../../../agent/seats/docker/layers/sweep.ts";
import { machineLabels, seatObject } from "../../../../../agent/seats/docker/names.ts";
import { canRunDocker } from "../../../../support/dockerd.ts";
import { type Layered, layeredMachines } from "../../../../support/layered.ts";
import { until } from "../../../../support/until.ts";

const HOOK = "hooks/setup-base";
const HOUR_MS = 60 * 60_000;

describe.skipIf(!canRunDocker)("what is kept of layers, and how long (needs root, dockerd, iptables)", () => {
  const here = layeredMachines();
  let room: string;
  beforeAll(() => {
    room = mkdtempSync(join(tmpdir(), "ct-kept-"));
  });
  afterAll(() => rmSync(room, { recursive: true, force: true }));
  /** Tags with `mark` in them. */
  const layers = async (mark: string) =>
    (await here.docker.docker.listImages(KEY_LABEL)).flatMap(({ RepoTags }) =>
      (RepoTags ?? []).filter((tag) => tag.includes(mark)),
    );

  /** `docker save`, unpacked, searched for each of `words`: which are in it. */
  async function foundIn(image: string, words: Record<string, string>): Promise<string[]> {
    const tar = join(room, "saved.tar");
    const answer = await callDocker(here.docker.socket, { what: "save it", method: "GET", path: `/images/${image}/get` });
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
    const machine = await here.make({ settings: { trustedCa: cert }, environment });
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
    const config = JSON.stringify((await here.docker.docker.inspectImage(image))?.Config);
    expect(config).not.toMatch(/clarateach-ws-|NPM_CONFIG|SSL_CERT|ANTHROPIC/);
  });

  test("layers go when nobody has used them for an hour, from the top; not while a seat is made from one", async () => {
    const machine = await here.make();
    const mark = crypto.randomUUID().slice(0, 8);
    const name = (which: string) => `${which}${mark}`;
    const hook = { [HOOK]: `echo ${mark} > /opt/x` };
    await machine.want([1], { [name("below")]: hook, [name("used")]: hook });
    await machine.ready(1);
    await machine.want([1, 2], { [name("below")]: hook, [name("spare")]: hook });
    await machine.ready(2);
    const kinds = async () => (await layers(mark)).map((tag) => tag.slice("clarateach/layer:".length).split(mark)[0]).toSorted();
    expect(await kinds()).toEqual(["below", "spare", "used"]);
    const later = Date.now() + HOUR_MS + 60_000;
    await sweepLayers(here.docker.docker, [], later);
    expect(await kinds()).toEqual(["below", "spare", "used"]);
    await machine.want([1], { [name("below")]: hook, [name("used")]: hook });
    await goneSeat(machine, 2);
    // It was used within the hour.
    await sweepLayers(here.docker.docker, []);
    expect(await kinds()).toEqual(["below", "spare", "used"]);
    await sweepLayers(here.docker.docker, [], later);
    expect(await kinds()).toEqual(["below", "used"]);
    // A seat whose container is gone for the moment is started again from its own.
    const image = (await here.docker.docker.inspectContainer(seatObject(machine.machine, 1)))?.Image ?? "";
    await machine.close();
    await here.docker.docker.removeContainer(seatObject(machine.machine, 1));
    await sweepLayers(here.docker.docker, [image], later);
    expect(await kinds()).toEqual(["below", "used"]);
    await sweepLayers(here.docker.docker, [], later);
    expect(await kinds()).toEqual([]);
    expect(await here.docker.docker.inspectImage(image)).toBeUndefined();
    await machine.open();
    expect((await here.docker.docker.listContainers(machineLabels(machine.machine))).length).toBeLessThanOrEqual(1);
  });

  test("caches are the machine's, and go with it; those that its own SDKs may write in are others than ours use", async () => {
    const machine = await here.make();
    await machine.want([1], { one: { [HOOK]: `echo x > /var/cache/npm/x # ${crypto.randomUUID()}` } });
    await machine.ready(1);
    const names = async () => (await here.docker.docker.listVolumes(machineLabels(machine.machine))).map(({ Name }) => Name);
    expect(await names()).toContain(`${machine.machine}-project-npm`);
    await machine.remove();
    expect(await names()).toEqual([]);
  });

  async function goneSeat(machine: Layered, seat: number): Promise<void> {
    await until(
      "the seat to go",
      async () => (await here.docker.docker.inspectContainer(seatObject(machine.machine, seat))) === undefined,
    );
  }
});
