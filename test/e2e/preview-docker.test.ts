import { test } from "bun:test";
import { startDockerWorld } from "../support/docker-world.ts";
import { canRunDocker } from "../support/dockerd.ts";
import { previewInABrowser } from "../support/preview-in-a-browser.ts";

if (canRunDocker) previewInABrowser("docker", startDockerWorld, "seats/01/disk/workspace");
else test.skip("the preview on docker: needs root, dockerd and iptables", () => {});
