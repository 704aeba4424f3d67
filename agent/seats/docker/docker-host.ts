import { mkdir, readdir, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../contract/errors.ts";
import type { SeatImage } from "../../contract/image.ts";
import { parseSeatName } from "../../contract/seats.ts";
import type { RuntimeGiven } from "../runtime.ts";
import { DockerClient } from "./client/client.ts";
import type { DaemonInfo, ImageInfo } from "./client/types.ts";
import type { Accounts } from "./container/accounts.ts";
import type { ContainerWish } from "./container/container.ts";
import { requireSeccomp } from "./container/seccomp.ts";
import { diskDevice } from "./disk/disk.ts";
import { mountProject, unmountProject } from "./disk/project.ts";
import { haveImage, seatImage } from "./image/image.ts";
import { accountsIn } from "./image/image-accounts.ts";
import { absentFrom, NEEDED } from "./image/image-programs.ts";
import { RECIPE_LABEL } from "./image/recipe.ts";
import { type Trust, writeTrust } from "./image/trust.ts";
import { machineSize } from "./machine-size.ts";
import { MACHINE_LABEL, type ProjectPaths, projectPaths, SEAT_LABEL, seatPaths, seatsDirectory } from "./names.ts";
import type { Range } from "./network/addresses.ts";
import { haveBlock } from "./network/block.ts";
import { hasIPv6 } from "./network/firewall.ts";
import { Wall } from "./network/wall.ts";
import { checkRuntime, type DockerSettings } from "./settings.ts";
import { BESIDE_SIZES, checkFits, type MachineSize, type SeatSizes, sizesOn } from "./sizes.ts";
import { StartPace } from "./start-pace.ts";
import { keeperOf, requireFreeUids, uidOf } from "./uid.ts";

/** The machine as all its seats share it: the daemon, the limits, the firewall, what is mounted in every seat. */
export class DockerHost {
  readonly docker: DockerClient;
  readonly wall: Wall;
  readonly starts = new StartPace();
  #block: Range | undefined;
  #image: SeatImage | undefined;
  readonly #made = new Map<string, Promise<unknown>>();

  constructor(
    readonly given: RuntimeGiven,
    readonly settings: DockerSettings,
  ) {
    this.docker = new DockerClient(settings.socket);
    this.wall = new Wall(given.machine, settings, () => this.block());
  }

  get name(): string {
    return this.given.machine;
  }

  get seatsDirectory(): string {
    return seatsDirectory(this.given.directory);
  }

  /** Addresses of its seats, and with them their users. */
  block(): Promise<Range> {
    return this.#once("block", async () => {
      this.#block = await haveBlock(this.docker, { machine: this.name, directory: this.given.directory }, this.settings.subnets);
      await requireFreeUids(this.#block);
      return this.#block;
    });
  }

  /** The seat's learner; of a project, whoever its directory belongs to. Known from `open` on. */
  uid(seat: number): number {
    return this.given.project?.owner?.uid ?? uidOf(this.#addresses, seat);
  }

  get #addresses(): Range {
    if (!this.#block) throw new Error("internal error: a seat's user was asked for before the machine had its addresses");
    return this.#block;
  }

  gid(seat: number): number {
    return this.given.project?.owner?.gid ?? uidOf(this.#addresses, seat);
  }

  paths(seat: number) {
    return seatPaths(this.given.directory, seat, this.#project);
  }

  get #project(): ProjectPaths | undefined {
    return this.given.project && projectPaths(this.name);
  }

  /** Before a container starts that has it. No project is fine. @throws Problem `UNAVAILABLE` */
  async mountProject(): Promise<void> {
    if (this.given.project && this.#project) await mountProject(this.#project, this.given.project);
  }

  async unmountProject(): Promise<void> {
    if (this.#project) await unmountProject(this.#project);
  }

  /** Limits that fit, an image, a firewall: what every seat needs before it is made. @throws Problem, DockerError */
  async prepare(wished: readonly number[], signal: AbortSignal, log: (line: string) => void): Promise<void> {
    await mkdir(this.seatsDirectory, { recursive: true, mode: 0o700 });
    const there = (await readdir(this.seatsDirectory)).flatMap((entry) => parseSeatName(entry) ?? []);
    const info = await this.#info();
    requireSeccomp(info);
    checkRuntime(this.settings, Object.keys(info.Runtimes));
    const size = await this.#size();
    const memory = size.memory - (await this.#memoryOfOthers());
    checkFits(sizesOn(size, this.settings), new Set([...wished, ...there]).size, { ...size, memory }, this.settings);
    const trusted = await this.trust();
    const image = await haveImage({
      docker: this.docker,
      machine: this.name,
      reference: this.settings.image,
      trusted,
      signal,
      log,
    });
    if (image.Config?.Labels?.[RECIPE_LABEL] === undefined) await this.#once("image", () => this.#tryImage());
    await this.wall.raise();
  }

  /** One of somebody else's making. */
  async #tryImage(): Promise<void> {
    const absent = (await absentFrom(this.docker, this.name, this.settings)).filter((program) => NEEDED.includes(program));
    if (absent.length > 0)
      throw new Problem(
        "INVALID_INPUT",
        `The image "${this.settings.image}" has no ${absent.join(", ")}. Install them in it, or leave CLARATEACH_SEAT_IMAGE out.`,
      );
  }

  /** What a seat gets of the machine. */
  async sizes(): Promise<SeatSizes> {
    return sizesOn(await this.#size(), this.settings);
  }

  /** What seats of other workshops on it may use. */
  async #memoryOfOthers(): Promise<number> {
    const all = await this.docker.listContainers({ [MACHINE_LABEL]: "" });
    const seats = all.filter(({ State, Labels }) => State === "running" && Labels[SEAT_LABEL] !== undefined);
    const others = seats.filter(({ Labels }) => Labels[MACHINE_LABEL] !== this.name);
    const limits = await Promise.all(
      others.map(async ({ Id }) => (await this.docker.inspectContainer(Id))?.HostConfig.Memory ?? 0),
    );
    // All machines of a computer are set alike.
    const beside = this.settings.neko ? others.length * BESIDE_SIZES.memory : 0;
    return limits.reduce((sum, limit) => sum + limit, beside);
  }

  /** What a seat's container shall be. */
  async wish(seat: number): Promise<Omit<ContainerWish, "devices" | "files" | "image" | "sdks">> {
    const trusted = await this.trust();
    return {
      ...{ machine: this.name, seat, paths: this.paths(seat), settings: this.settings, sizes: await this.sizes() },
      uid: this.uid(seat),
      keeper: keeperOf(this.#addresses, seat),
      device: await diskDevice(this.paths(seat)),
      timeZone: await timeZone(),
      resolvConf: await this.resolvConf(),
      ipv6: await hasIPv6(),
      ...(trusted ? { trusted } : {}),
    };
  }

  /** What the last seat was made from. */
  get image(): SeatImage | undefined {
    return this.#image;
  }

  /** Before a seat is made, and when an agent takes up those that are there. */
  async lookAtImage(): Promise<ImageInfo | undefined> {
    const { image: name } = this.settings;
    const found = await this.docker.inspectImage(name);
    this.#image = found && seatImage(name, found);
    return found;
  }

  /** What every layer stands on. @throws Problem `UNAVAILABLE` */
  async baseImage(): Promise<ImageInfo> {
    const found = await this.lookAtImage();
    if (found) return found;
    const { image } = this.settings;
    throw new Problem("UNAVAILABLE", `The image "${image}" isn't there. Run scripts/build-image on this machine.`);
  }

  async processors(): Promise<number> {
    return (await this.#info()).NCPU;
  }

  /** Of the image that a seat is made from. */
  accounts(image: string): Promise<Accounts> {
    return this.#once(`accounts ${image}`, () => accountsIn(this.docker, this.name, image));
  }

  async #size(): Promise<MachineSize> {
    return machineSize(await this.#info(), this.seatsDirectory);
  }

  /** Processors and memory don't change while it runs; the question costs the daemon 20 ms. */
  #info(): Promise<DaemonInfo> {
    return this.#once("info", () => this.docker.info());
  }

  /** One file for all seats and builders: bind mounts hold on to it. */
  resolvConf(): Promise<string> {
    return this.#once("resolv.conf", async () => {
      const path = join(await this.#directory(), "resolv.conf");
      await writeFile(path, "nameserver 127.0.0.1\noptions timeout:5 attempts:2\n", { mode: 0o644 });
      return path;
    });
  }

  async trust(): Promise<Trust | undefined> {
    const { trustedCa } = this.settings;
    if (trustedCa === undefined) return undefined;
    return this.#once("trust", async () => writeTrust(trustedCa, join(await this.#directory(), "trust")));
  }

  /** For what is mounted in every seat. */
  async #directory(): Promise<string> {
    const directory = join(this.given.directory, "docker");
    await mkdir(directory, { recursive: true, mode: 0o755 });
    return directory;
  }

  /** Ten seats that start together wait for the same; what failed is tried again. */
  #once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const made = (this.#made.get(name) as Promise<T> | undefined) ?? make();
    this.#made.set(name, made);
    made.catch(() => this.#made.delete(name));
    return made;
  }
}

const ZONES = "/usr/share/zoneinfo/";

async function timeZone(): Promise<string> {
  const target = await readlink("/etc/localtime").catch(() => "");
  return target.includes(ZONES) ? target.slice(target.indexOf(ZONES) + ZONES.length) : "Etc/UTC";
}
