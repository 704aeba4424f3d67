/** The product as `scripts/start --runtime docker --domain …` runs it: seats in containers, a certificate for each machine, one door. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { canRunDocker, type PrivateDocker, startDocker } from "../support/dockerd.ts";
import { DOMAIN } from "../support/public-door.ts";
import { type PublicWorld, startPublicWorld } from "../support/public-world.ts";
import { until } from "../support/until.ts";

if (!canRunDocker) {
  test.skip("one's own server on docker: needs root, dockerd and iptables", () => {});
} else {
  let docker: PrivateDocker;
  let world: PublicWorld;
  beforeAll(async () => {
    docker = await startDocker();
    world = await startPublicWorld({ docker: docker.socket });
  });
  afterAll(async () => {
    await world?.end();
    await docker?.stop();
  });

  test("it says which ports must be open and which names don't lead here", async () => {
    expect(world.output()).toContain(`ClaraTeach serves https://${DOMAIN}:${world.httpsPort}\n`);
    expect(world.output()).toMatch(
      new RegExp(`^Open to everybody must be: ${world.httpPort}/tcp .* and ${world.httpsPort}/tcp `, "m"),
    );
    await until("the names", () => /^\*\.class\.test has no address yet: add an A/m.test(world.output()));
  });

  test("a learner's shell is in a container, by wss, and a service that restarts doesn't cut it", async () => {
    const { id, code } = await world.workshop(2);
    const terminal = await world.terminal(await world.join(code));
    await terminal.run("id -un; cat /proc/1/comm", /learner\s+tini/);
    world.gateway().kill("SIGTERM");
    await world.gateway().exited;
    await terminal.run("echo without-$((1+1))", "without-2");
    await world.launch();
    await terminal.run("echo with-$((1+1))", "with-2");
    const stopped = await world.ask(DOMAIN, `/api/workshops/${id}/stop`, { method: "POST" });
    expect((await stopped.json()).status).toBe("stopped");
    expect((await terminal.closed).code).toBe(4001);
    expect((await docker.docker.listContainers({})).filter(({ State }) => State === "running")).toEqual([]);
  });
}
