import { test } from "bun:test";
import { classInABrowser } from "../support/class-in-a-browser.ts";
import { startDockerWorld } from "../support/docker-world.ts";
import { canRunDocker } from "../support/dockerd.ts";

if (canRunDocker) classInABrowser("docker", startDockerWorld);
else test.skip("a class on docker: needs root, dockerd and iptables", () => {});
