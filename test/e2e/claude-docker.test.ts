import { test } from "bun:test";
import { claudeInABrowser } from "../support/claude-in-a-browser.ts";
import { startDockerWorld } from "../support/docker-world.ts";
import { canRunDocker } from "../support/dockerd.ts";

const open = (upstream: string) => startDockerWorld({ CLARATEACH_LLM_URL: upstream });

if (canRunDocker) claudeInABrowser("docker", open);
else test.skip("Claude on docker: needs root, dockerd and iptables", () => {});
