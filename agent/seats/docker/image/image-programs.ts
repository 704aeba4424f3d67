import type { DockerClient } from "../client/client.ts";
import { DockerError } from "../client/http.ts";
import { runToEnd } from "../container/programs.ts";
import { SECCOMP } from "../container/seccomp.ts";
import { machineLabels } from "../names.ts";
import type { DockerSettings } from "../settings.ts";

/** Without these a seat has no terminal. */
export const NEEDED: readonly string[] = ["/usr/bin/tmux", "/bin/bash", "/usr/bin/tini", "/usr/bin/stty"];
/** Without these it has no preview. */
export const WANTED: readonly string[] = ["chromium", "Xtigervnc", "matchbox-window-manager", "xauth"];
/** Names those of its arguments that aren't there. */
const LOOK = ["sh", "-c", 'for program; do command -v "$program" >/dev/null || echo "$program"; done', "sh"];

/** @param machine whose look it is: one left over goes with it. Which of `NEEDED` and `WANTED` the image doesn't have: looked for in a container of it. @throws DockerError when none can run */
export async function absentFrom(
  docker: DockerClient,
  machine: string,
  { image, ociRuntime }: Pick<DockerSettings, "image" | "ociRuntime">,
): Promise<string[]> {
  const id = await docker.createAnew(`${machine}-look`, {
    ...{ Image: image, Hostname: "look", User: "0:0", WorkingDir: "/", Env: [], Labels: machineLabels(machine) },
    ...{ Entrypoint: [], Cmd: ["sleep", "60"] },
    HostConfig: {
      NetworkMode: "none",
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: [SECCOMP],
      ...(ociRuntime ? { Runtime: ociRuntime } : {}),
    },
  });
  try {
    await docker.startContainer(id);
    const { code, stdout, stderr } = await runToEnd({ docker, container: id, uid: 0 }, [...LOOK, ...NEEDED, ...WANTED], {
      cwd: "/",
    });
    if (code !== 0)
      throw new DockerError(`cannot look into image "${image}": ${stderr.trim() || `the shell ended with ${code}`}`);
    return stdout.split("\n").filter((line) => line !== "");
  } finally {
    await docker.removeContainer(id);
  }
}
