import { afterAll, afterEach, beforeAll } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChangeView, TaskView } from "../../agent/contract/changes.ts";
import type { MachineDocument } from "../../agent/contract/machine.ts";
import { BUILDER_LIMITS, type BuilderLimits } from "../../agent/seats/docker/layers/builder.ts";
import { type DockerOptions, dockerRuntime } from "../../agent/seats/docker/runtime.ts";
import type { DockerSettings } from "../../agent/seats/docker/settings.ts";
import { openSeats, type SeatManager } from "../../agent/seats/manager.ts";
import type { RuntimeGiven } from "../../agent/seats/runtime.ts";
import type { SeatHandle } from "../../agent/seats/seat.ts";
import { packTar } from "./definition.ts";
import { type PrivateDocker, smallSeats, startDocker } from "./dockerd.ts";
import { documentOf } from "./document.ts";
import { until } from "./until.ts";

/** Files of SDKs of one's own, by name: `hooks/setup-base` → its text. */
export type OwnSdks = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A machine that makes seats from SDKs of the test's own, in containers. */
export interface Layered {
  directory: string;
  machine: string;
  settings: DockerSettings;
  readonly manager: SeatManager;
  /** What was wanted last. */
  readonly document: MachineDocument | undefined;
  /** From now on these seats, of this definition, in a change of their own. */
  want(numbers: readonly number[], sdks: OwnSdks, wish?: Partial<MachineDocument>): Promise<void>;
  ready(seat: number): Promise<SeatHandle>;
  /** The newest change that makes seats, once it has ended. */
  made(): Promise<ChangeView>;
  /** The newest change of this kind, once it has ended. */
  ended(kind: string): Promise<ChangeView>;
  /** A task of the newest change, when it is there and `is` so. */
  task(summary: string, is: (task: TaskView) => boolean): Promise<TaskView>;
  close(): Promise<void>;
  open(): Promise<void>;
  remove(): Promise<void>;
}

/** What differs from `smallSeats` and from `BUILDER_LIMITS`, and what else a runtime may be given. */
export interface LayeredOptions extends Pick<DockerOptions, "upstream">, Pick<RuntimeGiven, "environment"> {
  settings?: Partial<DockerSettings>;
  limits?: Partial<BuilderLimits>;
}

/** A Docker of one's own from the first test of the `describe` that asks to its last, and machines that go with the test that made them. */
export function layeredMachines() {
  let docker: PrivateDocker;
  const machines: Layered[] = [];
  beforeAll(async () => {
    docker = await startDocker();
  });
  afterEach(async () => {
    for (const machine of machines.splice(0)) await machine.remove();
  });
  afterAll(() => docker?.stop());
  return {
    get docker() {
      return docker;
    },
    async make(options: LayeredOptions = {}): Promise<Layered> {
      const machine = await layered(docker, options);
      machines.push(machine);
      return machine;
    },
  };
}

/** As `make` of the above, for who has a Docker and removes the machine. */
export async function layered(docker: PrivateDocker, { environment, ...options }: LayeredOptions): Promise<Layered> {
  const directory = mkdtempSync(join(tmpdir(), "ct-layers-"));
  const settings = { ...smallSeats(docker), ...options.settings, tools: join(directory, "tools") };
  const limits = { ...BUILDER_LIMITS, ...options.limits };
  const machine = `clarateach-ws-${Bun.randomUUIDv7().slice(-6)}`;
  const room = {
    directory,
    machine,
    definitionPath: (digest: string) => join(directory, digest),
    ...(environment && { environment }),
  };
  const openManager = () =>
    openSeats({
      ...{ ...room, starterPath: room.definitionPath },
      runtime: dockerRuntime({ ...options, settings, limits }),
    });
  let manager = await openManager();
  let last: MachineDocument | undefined;
  const newest = (of = "launch") => manager.report().changes.findLast(({ kind }) => kind === of);
  const ended = (kind: string) =>
    until(`the ${kind} to end`, () => (newest(kind)?.endedAt === undefined ? undefined : newest(kind)));
  const want = (document: MachineDocument) => {
    last = document;
    manager.want(document);
  };
  return {
    ...{ directory, machine, settings },
    get manager() {
      return manager;
    },
    get document() {
      return last;
    },
    async want(numbers, sdks, wish = {}) {
      const more = await writeDefinition(directory, sdks);
      want(documentOf(machine, (last?.revision ?? 0) + 1, { numbers: [...numbers], ...more, ...wish }));
    },
    ready: (seat) => until(`seat ${seat} (${JSON.stringify(newest(), null, 1)})`, () => manager.seat(seat)),
    made: () => ended("launch"),
    ended,
    task: (summary, is) =>
      until(`the task "${summary}"`, () => newest()?.tasks.find((task) => task.summary === summary && is(task))),
    close: () => manager.close(),
    async open() {
      manager = await openManager();
      if (last) want({ ...last, revision: last.revision + 1 });
    },
    async remove() {
      await manager.close();
      await manager.runtime.removeEverything();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** As the gateway sends it. @param touched when its files were last changed @returns what a document says of it */
export async function writeDefinition(
  directory: string,
  sdks: OwnSdks,
  touched?: Date,
): Promise<Pick<MachineDocument, "definition" | "definitionArchive">> {
  const names = Object.keys(sdks);
  const listed = ["  - name: system\n    source: system\n", ...names.map((name) => `  - name: ${name}\n    source: project\n`)];
  const definition = `name: own\nbase: debian@12\nsdks:\n${listed.join("")}`;
  const files = Object.entries(sdks).flatMap(([name, own]) => [
    ...Object.entries({ "sdk.yaml": `name: ${name}\n`, ...own }).map(([path, text]) => ({
      name: `project-${name}/${path}`,
      text,
      mode: 0o755,
    })),
  ]);
  const archive = await packTar([{ name: "workshop.yaml", text: definition }, ...files], touched);
  const digest = new Bun.CryptoHasher("sha256").update(archive).digest("hex");
  writeFileSync(join(directory, digest), archive);
  return { definition, definitionArchive: { digest } };
}
