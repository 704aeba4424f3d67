import { type Call, param, type Route } from "../call.ts";
import { invalid, notFound } from "../refusal.ts";
import type { World } from "../world.ts";
import { LINKS } from "./addresses.ts";
import { listed } from "./lists.ts";
import type { Image } from "./state.ts";

export const IMAGE_GB = 10;
const FORMS =
  /^(?:https?:\/\/[^/]+\/compute\/[^/]+\/)?(?:projects\/([^/]+)\/)?(?:global\/images|zones\/[^/]+\/imageFamilyViews)\//;

const imagesOf = ({ compute }: World): Image[] =>
  [...compute.images].map(([key, name]) => {
    const [project = "", family = ""] = key.split("/");
    return { project, family, name };
  });

/** @param address `projects/P/global/images/family/F`, `projects/P/global/images/NAME`, either with the API's host before it */
export function imageOf(world: World, address: string): Image | undefined {
  const found = FORMS.exec(address);
  if (!found) return undefined;
  const project = found[1] ?? world.project;
  const rest = address.slice(found[0].length);
  const family = found[0].endsWith("imageFamilyViews/") ? rest : /^family\/(.+)$/.exec(rest)?.[1];
  const own = imagesOf(world).filter((image) => image.project === project);
  return own.find((image) => (family === undefined ? image.name === rest : image.family === family));
}

/** @throws 400, as an insert says it */
export function imageFor(world: World, address: string, field: string): Image {
  const found = imageOf(world, address);
  if (found) return found;
  throw invalid(`Invalid value for field '${field}': '${address}'. The referenced image resource cannot be found.`);
}

export const imageLink = ({ project, name }: Image): string => `${LINKS}/projects/${project}/global/images/${name}`;

/** What every disk of it has, too. */
export const madeFrom = ({ project, family }: Image) => ({
  licenses: [`${LINKS}/projects/${project}/global/licenses/${family}`],
  guestOsFeatures: ["UEFI_COMPATIBLE", "VIRTIO_SCSI_MULTIQUEUE", "GVNIC"].map((type) => ({ type })),
  architecture: "X86_64",
});

const shown = (image: Image) => ({
  ...{ kind: "compute#image", id: "5000", creationTimestamp: "2026-11-10T09:00:00.000-08:00", name: image.name },
  ...{ family: image.family, sourceType: "RAW", status: "READY", archiveSizeBytes: "1073741824" },
  ...{ diskSizeGb: String(IMAGE_GB), labelFingerprint: "42WmSpB8rSM=", storageLocations: ["eu"], ...madeFrom(image) },
  selfLink: imageLink(image),
});

function get(call: Call) {
  const { family, image } = call.params;
  const path = `projects/${param(call, "project")}/global/images/${family ? `family/${family}` : image}`;
  const found = imageOf(call.world, path);
  if (found) return shown(found);
  throw notFound(`The resource '${path}' was not found`);
}

function view(call: Call) {
  const [project, zone, family] = ["project", "zone", "family"].map((name) => param(call, name));
  const path = `projects/${project}/zones/${zone}/imageFamilyViews/${family}`;
  const found = imageOf(call.world, path);
  if (found) return { image: shown(found) };
  throw notFound(`The resource '${path}' was not found`);
}

function list(call: Call) {
  const project = param(call, "project");
  const own = imagesOf(call.world).filter((image) => image.project === project);
  return listed(call, "compute#imageList", "global/images", own.map(shown));
}

const ROOT = "/compute/v1/projects/{project}";

export const imageRoutes: Route[] = [
  ["GET", `${ROOT}/global/images`, list],
  ["GET", `${ROOT}/global/images/family/{family}`, get],
  ["GET", `${ROOT}/global/images/{image}`, get],
  ["GET", `${ROOT}/zones/{zone}/imageFamilyViews/{family}`, view],
];
