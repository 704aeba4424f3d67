import { bad, type Finding, good, missing } from "../../../contract/findings.ts";
import { daysOld, OLD_AFTER_DAYS } from "../../../contract/image.ts";
import { mediaPort } from "../../../contract/neko.ts";
import { BESIDE_IMAGE_REMEDY } from "../beside/image.ts";
import type { DockerClient } from "../client/client.ts";
import type { DockerSettings } from "../settings.ts";
import { namesRegistry, seatImage } from "./image.ts";
import { absentFrom, NEEDED, WANTED } from "./image-programs.ts";
import { RECIPE_LABEL, recipeDigest } from "./recipe.ts";

/** Whether the seats' image is there, of this release, and has what a seat runs: tried in a container of it. */
export async function examineImage(docker: DockerClient, settings: DockerSettings): Promise<Finding> {
  const { image } = settings;
  const what = `image ${image} (shell, tmux, browser)`;
  const there = await docker.inspectImage(image);
  if (!there) {
    const fix = "sudo ./scripts/build-image makes it now";
    return missing(what, "not there; made at the first start", fix);
  }
  const size = `${Math.round(there.Size / 1e6)} MB`;
  const recipe = there.Config?.Labels?.[RECIPE_LABEL];
  if (recipe !== undefined && recipe !== recipeDigest())
    return missing(what, `${size}, of an earlier release`, "sudo ./scripts/build-image makes the new one");
  try {
    const days = daysOld(seatImage(image, there).madeAt, Date.now());
    const age = days === 1 ? "1 day old" : `${days} days old`;
    const finding = judged(`${size}, ${age}`, await absentFrom(docker, `doctor-${process.pid}`, settings));
    if (finding.state === "good" && days >= OLD_AFTER_DAYS) return missing(what, finding.found, ANEW);
    return { what, ...finding };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return bad(what, found, "Docker must be able to run a container of it: docker run --rm --network none IMAGE true");
  }
}

/** Whether live video has what it is made from, where it is set up. Never bad: browsers are seen in pictures without it. */
export async function examineNeko(docker: DockerClient, { neko }: DockerSettings): Promise<Finding[]> {
  if (!neko) return [];
  const what = `image ${neko.image} (live video)`;
  const there = await docker.inspectImage(neko.image);
  const remedy = BESIDE_IMAGE_REMEDY.replace(/^B/, "b");
  if (there)
    return [
      good(what, `${Math.round(there.Size / 1e6)} MB; ports from ${mediaPort(neko, 1)}, UDP and TCP, have to reach this machine`),
    ];
  if (namesRegistry(neko.image))
    return [missing(what, "not there; pulled when it is first wanted, which takes minutes", `docker pull ${neko.image}`)];
  return [missing(what, "not there, and its name has no registry: browsers are seen in pictures", remedy)];
}

const ANEW = "sudo ./scripts/build-image makes it anew, with what was mended since; running seats keep theirs";

function judged(size: string, absent: readonly string[]): Omit<Finding, "what"> {
  if (absent.length === 0) return { state: "good", found: `${size}, with ${[...NEEDED, ...WANTED].join(", ")}` };
  const state = absent.some((program) => NEEDED.includes(program)) ? "bad" : "missing";
  return {
    state,
    found: `${size}, without ${absent.join(", ")}`,
    fix: "install them in the image, or use the one of ./scripts/build-image",
  };
}
