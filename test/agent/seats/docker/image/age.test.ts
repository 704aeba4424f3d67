import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { callDocker } from "../../../../../agent/seats/docker/client/http.ts";
import { examineImage } from "../../../../../agent/seats/docker/image/doctor-image.ts";
import { imageLabels, RECIPE_LABEL } from "../../../../../agent/seats/docker/image/recipe.ts";
import { type DockerSeats, dockerSeats } from "../../../../support/docker-seats.ts";
import { canRunDocker, type PrivateDocker, smallSeats, startDocker } from "../../../../support/dockerd.ts";

const NAME = "clarateach/aged:1";
const DAY_MS = 86_400_000;

describe.skipIf(!canRunDocker)("an image grows old (needs root, dockerd, iptables)", () => {
  let docker: PrivateDocker;
  let seats: DockerSeats | undefined;
  beforeAll(async () => {
    docker = await startDocker();
  });
  afterAll(async () => {
    await seats?.remove();
    const call = { what: "remove it", method: "DELETE", path: `/images/${NAME}`, query: { force: true } } as const;
    (await callDocker(docker.socket, call)).resume();
    await docker?.stop();
  });
  const settings = () => ({ ...smallSeats(docker), image: NAME });

  /** Under the same name as the one before. @returns its id */
  async function make(daysAgo: number): Promise<string> {
    const id = await docker.docker.createContainer(`age-${crypto.randomUUID().slice(0, 8)}`, {
      ...{ Image: docker.image, Hostname: "x", User: "0:0", WorkingDir: "/", Env: [], Labels: {} },
      ...{ Entrypoint: [], Cmd: ["true"], HostConfig: { NetworkMode: "none" } },
    });
    const labels = imageLabels(new Date(Date.now() - daysAgo * DAY_MS)).map((label) => `LABEL ${label}`);
    await docker.docker.commit(id, { repository: "clarateach/aged", tag: "1" }, labels);
    await docker.docker.removeContainer(id);
    return (await docker.docker.inspectImage(NAME))?.Id ?? "";
  }

  test("doctor says how old it is, and from 14 days on what to do", async () => {
    await make(13);
    expect(await examineImage(docker.docker, settings())).toMatchObject({
      state: "good",
      found: expect.stringContaining("13 days old"),
    });
    await make(14);
    expect(await examineImage(docker.docker, settings())).toMatchObject({
      state: "missing",
      found: expect.stringContaining("14 days old"),
      fix: expect.stringContaining("./scripts/build-image"),
    });
  });

  test("seats that run keep theirs when it is made anew, the report says how old that is, and it goes with the last of them", async () => {
    const old = await make(20);
    seats = await dockerSeats([1], { settings: settings() });
    const reported = () => Math.round((Date.now() - Date.parse(seats?.manager.runtime.image?.()?.madeAt ?? "")) / DAY_MS);
    expect(reported()).toBe(20);
    const anew = await make(0);
    expect(anew).not.toBe(old);
    await docker.docker.pruneImages(RECIPE_LABEL);
    expect((await docker.docker.inspectImage(old))?.Id).toBe(old);
    expect((await seats.sh(1, "echo still here")).stdout).toBe("still here\n");
    expect(reported()).toBe(20);
    await seats.remove();
    seats = undefined;
    expect(await docker.docker.inspectImage(old)).toBeUndefined();
    expect((await docker.docker.inspectImage(NAME))?.Id).toBe(anew);
  });
});
