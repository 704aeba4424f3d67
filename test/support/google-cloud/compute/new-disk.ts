import type { World } from "../world.ts";
import { linkTo, newId } from "./addresses.ts";
import { diskTypeFor, diskTypeLink } from "./disk-types.ts";
import { IMAGE_GB, imageFor, imageLink, madeFrom } from "./images.ts";
import type { WishedDisk } from "./machines.ts";
import type { Disk, Image } from "./state.ts";

/** A disk that is made with its instance, and as that shows it. */
export function newDisk(world: World, zone: string, user: string, wished: WishedDisk, index: number) {
  const params = wished.initializeParams ?? {};
  const image = imageFor(world, params.sourceImage ?? "", "");
  const disk: Disk = {
    id: newId(world),
    name: params.diskName ?? (index === 0 ? user : `${user}-${index}`),
    zone,
    sizeGb: params.diskSizeGb ?? String(IMAGE_GB),
    type: diskTypeFor(zone, params.diskType, ""),
    image,
    labels: params.labels ?? {},
    createdAt: world.clock.now(),
    user,
  };
  return { disk, attached: attached(world, disk, image, wished, index) };
}

const attached = (world: World, { zone, name, sizeGb }: Disk, image: Image, wished: WishedDisk, index: number) => ({
  ...{ kind: "compute#attachedDisk", type: "PERSISTENT", mode: "READ_WRITE" },
  source: linkTo(world, `zones/${zone}/disks/${name}`),
  deviceName: wished.deviceName ?? `persistent-disk-${index}`,
  ...{ index, boot: wished.boot ?? false, autoDelete: wished.autoDelete ?? false },
  ...{ interface: "SCSI", diskSizeGb: sizeGb, ...madeFrom(image) },
});

/** As the API tells it by itself. */
export const diskShown = (world: World, disk: Disk) => ({
  ...{ kind: "compute#disk", id: disk.id, name: disk.name, sizeGb: disk.sizeGb, status: "READY" },
  ...{ sourceImage: imageLink(disk.image), sourceImageId: "5000", physicalBlockSizeBytes: "4096" },
  type: diskTypeLink(world, disk.zone, disk.type),
  zone: linkTo(world, `zones/${disk.zone}`),
  selfLink: linkTo(world, `zones/${disk.zone}/disks/${disk.name}`),
  ...madeFrom(disk.image),
});
