import { release } from "node:os";
import { bad, type Finding, gigabytes, good, missing } from "../../contract/findings.ts";
import { DockerClient } from "./client/client.ts";
import type { DaemonInfo } from "./client/types.ts";
import { hasSeccomp, SECCOMP_REMEDY } from "./container/seccomp.ts";
import { NEEDS_MOUNT } from "./disk/disk.ts";
import { tryOnHost } from "./host-programs.ts";
import { examineImage, examineNeko } from "./image/doctor-image.ts";
import { machineSize } from "./machine-size.ts";
import { freeBlocks, OTHER_POOL, takenRanges } from "./network/block.ts";
import { checkRuntime, type DockerSettings } from "./settings.ts";
import { fitOf, sizesOn } from "./sizes.ts";

const OLDEST_DOCKER = 20;
const TOOLS = [
  ["iptables", "iptables"],
  ["iptables-restore", "iptables"],
  ["mkfs.ext4", "e2fsprogs"],
  ["fallocate", "util-linux"],
  ["mount", "mount"],
  ["nsenter", "util-linux"],
  ["ip", "iproute2"],
] as const;

/**
 * Whether this computer can have so many seats in containers: each look stands alone, and none leaves anything.
 * @param directory an existing one on the disk where seats will be
 */
export async function examineDocker(settings: DockerSettings, seats: number, directory: string): Promise<Finding[]> {
  const docker = new DockerClient(settings.socket);
  const info = await docker.info().catch((error: Error) => error);
  const about =
    info instanceof Error
      ? []
      : [
          storage(info),
          groups(info),
          ...walls(info),
          restarts(info),
          await examineImage(docker, settings),
          ...(await examineNeko(docker, settings)),
          runtime(info, settings),
          await addresses(docker, settings),
          await room(info, settings, seats, directory),
        ];
  return [root(), kernel(), await tools(), await firewall(), daemon(info), ...about];
}

function root(): Finding {
  const what = "root (disks, firewall)";
  if (process.getuid?.() === 0) return good(what, "yes");
  return bad(what, `user ${process.getuid?.()}`, "run the agent as root; seats' programs never are");
}

/** Mounts that are set before they are anywhere (a connection of a seat that runs) came with 5.12, those that follow no links with 5.10. */
function kernel(): Finding {
  const [major = 0, minor = 0] = release().split(".").map(Number);
  const found = release();
  if (major > 5 || (major === 5 && minor >= 12)) return good("kernel", found);
  return bad("kernel", found, `Linux 5.12 or newer is needed, and ${NEEDS_MOUNT} (Debian 12 and later have both)`);
}

async function tools(): Promise<Finding> {
  const looks = await Promise.all(
    TOOLS.map(async ([program, source]) => ({ program, source, ...(await tryOnHost([program, "--version"])) })),
  );
  const absent = looks.filter(({ code }) => code === 127);
  const what = "programs of the machine";
  if (absent.length === 0) return good(what, TOOLS.map(([program]) => program).join(", "));
  const packages = [...new Set(absent.map(({ source }) => source))].join(" ");
  return bad(what, `${absent.map(({ program }) => program).join(", ")} not there`, `sudo apt install ${packages}`);
}

async function firewall(): Promise<Finding> {
  const what = "firewall (iptables, table mangle)";
  const listed = await tryOnHost(["iptables", "-w", "-t", "mangle", "-S", "PREROUTING"]);
  if (listed.code === 0) return good(what, "works");
  const found = listed.stderr.trim().slice(0, 200);
  if (process.getuid?.() !== 0) return bad(what, found, "as root");
  return bad(what, found, listed.code === 127 ? "as above: sudo apt install iptables" : "in a container it needs CAP_NET_ADMIN");
}

function daemon(info: DaemonInfo | Error): Finding {
  if (!(info instanceof Error)) {
    const found = `${info.ServerVersion}, ${info.NCPU} processors`;
    if (Number.parseInt(info.ServerVersion, 10) >= OLDEST_DOCKER) return good("Docker", found);
    return missing("Docker", found, "20.10 or newer is what seats were tried with: sudo apt install docker.io");
  }
  // What to do stands below, once.
  const [found = ""] = info.message.split(/\. (?=Start it|Run the agent)/);
  return bad("Docker", found, remedy(found));
}

function remedy(found: string): string {
  if (found.includes("may not be opened")) return "as root";
  const begin = Bun.which("dockerd") ? "sudo systemctl start docker" : "sudo apt install docker.io";
  return `${begin}, or set CLARATEACH_DOCKER_SOCKET to where its socket is`;
}

function storage({ Driver }: DaemonInfo): Finding {
  if (Driver === "overlay2" || Driver === "overlayfs") return good("Docker's storage", Driver);
  return missing("Docker's storage", Driver, "overlay2 shares the image between seats; others copy it for each");
}

function groups({ CgroupVersion = "1", CgroupDriver, MemoryLimit, CpuCfsQuota, PidsLimit }: DaemonInfo): Finding {
  const found = `version ${CgroupVersion}, ${CgroupDriver}`;
  const absent = Object.entries({ memory: MemoryLimit, processors: CpuCfsQuota, processes: PidsLimit }).flatMap(([name, has]) =>
    has ? [] : [name],
  );
  if (absent.length === 0) return good("control groups", found);
  const fix = "start the kernel with cgroup_enable=memory; without limits one learner can take the whole machine";
  return bad("control groups", `${found}; no limit on ${absent.join(", ")}`, fix);
}

function runtime({ Runtimes }: DaemonInfo, settings: DockerSettings): Finding {
  const what = "runtime of containers";
  try {
    checkRuntime(settings, Object.keys(Runtimes));
    return good(what, settings.ociRuntime ?? "Docker's default");
  } catch (error) {
    const [found = "", fix = ""] = (error instanceof Error ? error.message : String(error)).split(/(?<=\.) (?=Register )/);
    return bad(what, found, fix);
  }
}

function walls(info: DaemonInfo): Finding[] {
  const [filter, more] = ["filter on system calls (seccomp)", "AppArmor"];
  return [
    hasSeccomp(info) ? good(filter, "each seat has ClaraTeach's own") : bad(filter, "Docker has none", SECCOMP_REMEDY),
    info.SecurityOptions.includes("name=apparmor")
      ? good(more, "each seat has Docker's profile")
      : missing(more, "not on: one wall less around seats", "sudo apt install apparmor, and a kernel with it (Debian's has it)"),
  ];
}

async function addresses(docker: DockerClient, { subnets }: DockerSettings): Promise<Finding> {
  const what = "addresses for seats";
  const { length } = [...freeBlocks(subnets, await takenRanges(docker), 0)];
  if (length > 0) return good(what, `room for ${length} workshops in ${subnets}`);
  return bad(what, `none free in ${subnets}`, OTHER_POOL);
}

function restarts({ LiveRestoreEnabled }: DaemonInfo): Finding {
  const what = "Docker's restarts";
  if (LiveRestoreEnabled) return good(what, "seats outlive them: live-restore is on");
  return missing(
    what,
    "seats end with Docker and are started again: live-restore is off",
    'put {"live-restore": true} into /etc/docker/daemon.json, then sudo systemctl reload docker',
  );
}

async function room(info: DaemonInfo, settings: DockerSettings, seats: number, directory: string): Promise<Finding> {
  const what = `memory and disk for ${seats} seats`;
  const size = await machineSize(info, directory);
  const { verdict, why = "" } = fitOf(settings, seats, size);
  const [found = "", ...fix] = why.split(/(?<=\.) (?=Set |Have |A larger |Take )/);
  if (verdict === "impossible") return bad(what, found, fix.join(" "));
  if (verdict === "small") return missing(what, found, fix.join(" "));
  const each = sizesOn(size, settings);
  return good(
    what,
    `${gigabytes(size.memory)} of memory, ${gigabytes(size.disk)} free on the disk: ${gigabytes(each.memory)} and ${gigabytes(each.disk)} for each`,
  );
}
