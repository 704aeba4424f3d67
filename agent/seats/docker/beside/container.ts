import type { CreateContainer, Mount } from "../client/types.ts";
import { boundsOf } from "../container/bounds.ts";
import { type ContainerWish, MASKED, runtimeDirectory, SHM_BYTES, workOf } from "../container/container.ts";
import { bindReadOnly } from "../container/mounts.ts";
import { SECCOMP } from "../container/seccomp.ts";
import { seatTrustMounts } from "../image/trust.ts";
import { BESIDE_LABEL, machineLabels, NEKO, seatObject } from "../names.ts";
import { BESIDE_SIZES } from "../sizes.ts";

/** Of what its first process needs: to be its users' programs' starter and end, and to listen where no learner's program may. */
const CAPABILITIES = ["SETUID", "SETGID", "KILL", "NET_BIND_SERVICE"];
/** Memory of its own counts for them. */
const SCRATCH = "rw,nosuid,nodev,noexec";

export interface BesideContainer
  extends Pick<
    ContainerWish,
    "machine" | "seat" | "uid" | "paths" | "device" | "settings" | "timeZone" | "resolvConf" | "trusted"
  > {
  image: string;
  env: Readonly<Record<string, string>>;
  /** Who serves in it, and gid: not the learner. */
  server: number;
  /** Its users. */
  files: readonly Mount[];
  /** Processors that the machine has: Docker refuses more. */
  processors: number;
}

/** Everything Docker must know of a container beside a seat's; pure. */
export function besideOf(wish: BesideContainer): CreateContainer {
  const { machine, seat, timeZone, env } = wish;
  return {
    Image: wish.image,
    User: "0:0",
    WorkingDir: "/",
    Env: Object.entries({ TZ: timeZone, ...env }).map(([name, value]) => `${name}=${value}`),
    Labels: { ...machineLabels(machine), [BESIDE_LABEL]: String(seat) },
    // A program started in every seat each ten seconds; the agent sees by itself whether it answers.
    Healthcheck: { Test: ["NONE"] },
    HostConfig: hostConfigOf(wish),
  };
}

function hostConfigOf(wish: BesideContainer): object {
  const { machine, seat, uid, server, paths, device, settings, resolvConf, files, trusted, processors } = wish;
  return {
    NetworkMode: `container:${seatObject(machine, seat)}`,
    Mounts: [
      ...workOf(paths),
      bindReadOnly(resolvConf, "/etc/resolv.conf"),
      ...files,
      ...(trusted ? seatTrustMounts(trusted) : []),
    ],
    // Nothing in it may grow on the machine's own disk.
    ReadonlyRootfs: true,
    Tmpfs: {
      "/tmp": `${SCRATCH},size=256m,mode=1777`,
      "/run": `${SCRATCH},size=16m,mode=0755`,
      "/var/log": `${SCRATCH},size=16m,mode=1777`,
      [runtimeDirectory(uid)]: `${SCRATCH},size=16m,mode=0700,uid=${uid},gid=${uid}`,
      [NEKO.home]: `${SCRATCH},size=16m,mode=0700,uid=${server},gid=${server}`,
    },
    CapDrop: ["ALL"],
    CapAdd: CAPABILITIES,
    SecurityOpt: ["no-new-privileges", SECCOMP],
    MaskedPaths: MASKED,
    Privileged: false,
    IpcMode: "private",
    ShmSize: SHM_BYTES,
    ...boundsOf(device, { ...BESIDE_SIZES, cpus: Math.min(BESIDE_SIZES.cpus, processors) }),
    LogConfig: { Type: "none" },
    RestartPolicy: { Name: "no" },
    ...(settings.ociRuntime ? { Runtime: settings.ociRuntime } : {}),
  };
}
