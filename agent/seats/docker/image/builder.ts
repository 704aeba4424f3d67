import type { DockerClient } from "../client/client.ts";
import { DockerError } from "../client/http.ts";
import { runToEnd } from "../container/programs.ts";
import { SECCOMP } from "../container/seccomp.ts";
import { MACHINE_LABEL, machineLabels, SEAT_LABEL } from "../names.ts";
import { builderTrustEnvironment, builderTrustMounts, DISTRUST_IN_BUILDER, TRUST_IN_BUILDER, type Trust } from "./trust.ts";

/** A build on a slow line; apt fetches 350 MB. */
const BUILD_LIMIT_MS = 20 * 60_000;
const SAID_LIMIT = 400;

export interface BuilderGiven {
  docker: DockerClient;
  /** Whose it is: a builder that is left over goes with this machine. */
  machine: string;
  /** What the build trusts besides the public authorities; the image keeps none of it. */
  trusted?: Trust | undefined;
  signal: AbortSignal;
}

/**
 * Runs a shell script as root in a container of `base`, with Docker's defaults and our filter on system calls, and keeps what it changed as the image `repository:tag`.
 * @throws DockerError with the script's last words
 */
export async function buildImageFrom(
  { docker, machine, trusted, signal }: BuilderGiven,
  base: string,
  script: string,
  made: { repository: string; tag: string; labels: readonly string[] },
): Promise<void> {
  const id = await docker.createContainer(`clarateach-build-${crypto.randomUUID().slice(0, 8)}`, {
    ...{ Image: base, Hostname: "build", User: "0:0", WorkingDir: "/", Entrypoint: [], Cmd: ["sleep", "infinity"] },
    // What is given here the image would keep: only what nothing can be found without.
    ...{ Env: [], Labels: machineLabels(machine) },
    HostConfig: { LogConfig: { Type: "none" }, SecurityOpt: [SECCOMP], Mounts: trusted ? builderTrustMounts(trusted) : [] },
  });
  try {
    await docker.startContainer(id);
    // In a shell of its own, which it may end as it likes.
    const lines = trusted ? [TRUST_IN_BUILDER, `(${script}\n)`, DISTRUST_IN_BUILDER] : [script];
    const limit = AbortSignal.timeout(BUILD_LIMIT_MS);
    const what = `cannot build "${made.repository}:${made.tag}"`;
    const done = await runToEnd({ docker, container: id, uid: 0 }, ["sh", "-ec", lines.join("\n")], {
      ...{ cwd: "/", env: trusted ? builderTrustEnvironment() : {} },
      signal: AbortSignal.any([signal, limit]),
    }).catch((error) => {
      throw limit.aborted
        ? new DockerError(`${what} within ${BUILD_LIMIT_MS / 60_000} minutes. Is Debian's mirror slow?`)
        : error;
    });
    if (done.code !== 0) throw new DockerError(`${what}: ${done.stderr.trim().slice(-SAID_LIMIT)}`);
    const labels = [...made.labels, `${MACHINE_LABEL}=""`].map((label) => `LABEL ${label}`);
    await docker.commit(id, made, labels);
  } finally {
    await docker.removeContainer(id);
  }
}

/** Builders that an agent left which was killed: no seat, but of this machine. */
export async function removeBuilders(docker: DockerClient, machine: string): Promise<void> {
  for (const { Id, Labels } of await docker.listContainers(machineLabels(machine)))
    if (Labels[SEAT_LABEL] === undefined) await docker.removeContainer(Id);
}
