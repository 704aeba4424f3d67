import type { DockerFinding } from "./doctor.ts";
import type { Engine } from "./engine.ts";
import { machineLabels } from "./names.ts";
import { runToEnd } from "./programs.ts";
import { RECIPE_LABEL, recipeDigest } from "./recipe.ts";
import type { DockerSettings } from "./settings.ts";

/** Without the first a seat can't start, without the others it has no preview. */
const NEEDED = ["tmux", "bash", "tini", "stty"];
const WANTED = ["chromium", "Xtigervnc", "xauth"];
/** Names those of its arguments that aren't there. */
const LOOK = ["sh", "-c", 'for program; do command -v "$program" >/dev/null || echo "$program"; done', "sh"];

/** Whether the seats' image is there, of this release, and has what a seat runs: tried in a container of it. */
export async function examineImage(docker: Engine, { image, ociRuntime }: DockerSettings): Promise<DockerFinding> {
  const what = `image ${image} (shell, tmux, browser)`;
  const there = await docker.inspectImage(image);
  if (!there) {
    const fix = "sudo ./scripts/build-image makes it now";
    return { what, state: "missing", found: "not there; made at the first start", fix };
  }
  const size = `${Math.round(there.Size / 1e6)} MB`;
  const recipe = there.Config?.Labels?.[RECIPE_LABEL];
  if (recipe !== undefined && recipe !== recipeDigest())
    return {
      what,
      state: "missing",
      found: `${size}, of an earlier release`,
      fix: "sudo ./scripts/build-image makes the new one",
    };
  try {
    return { what, ...judged(size, await absentFrom(docker, image, ociRuntime)) };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return {
      what,
      state: "bad",
      found,
      fix: "Docker must be able to run a container of it: docker run --rm --network none IMAGE true",
    };
  }
}

function judged(size: string, absent: readonly string[]): Omit<DockerFinding, "what"> {
  if (absent.length === 0) return { state: "good", found: `${size}, with ${[...NEEDED, ...WANTED].join(", ")}` };
  const state = absent.some((program) => NEEDED.includes(program)) ? "bad" : "missing";
  return {
    state,
    found: `${size}, without ${absent.join(", ")}`,
    fix: "install them in the image, or use the one of ./scripts/build-image",
  };
}

async function absentFrom(docker: Engine, image: string, ociRuntime: string | undefined): Promise<string[]> {
  const id = await docker.createContainer(`clarateach-doctor-${crypto.randomUUID().slice(0, 8)}`, {
    ...{ Image: image, Hostname: "doctor", User: "0:0", WorkingDir: "/", Env: [], Labels: machineLabels("doctor") },
    ...{ Entrypoint: [], Cmd: ["sleep", "60"] },
    HostConfig: { NetworkMode: "none", ReadonlyRootfs: true, CapDrop: ["ALL"], ...(ociRuntime ? { Runtime: ociRuntime } : {}) },
  });
  try {
    await docker.startContainer(id);
    const { stdout } = await runToEnd(docker, id, [...LOOK, ...NEEDED, ...WANTED], { cwd: "/" });
    return stdout.split("\n").filter((line) => line !== "");
  } finally {
    await docker.removeContainer(id);
  }
}
