import type { protos } from "@google-cloud/compute";
import type { FoundMachine } from "../cloud.ts";
import { ask, type Calling } from "./calls.ts";
import { type Clients, oneAttempt } from "./clients.ts";
import { ENDS_LABEL } from "./instance.ts";
import { openListing } from "./listing.ts";
import { GoogleProblem } from "./problems.ts";
import { type GoogleSettings, ownFilter } from "./settings.ts";

/** Google deletes it with its machine, unless that failed or somebody took it off: then it costs, and holds work. */
export interface ListedDisk {
  /** Its machine's. */
  name: string;
  zone: string;
  /** By its machine or another. */
  isUsed: boolean;
  /** What there is of its machine when that is gone. */
  found: FoundMachine;
}

/** Disks of this gateway's label. */
export interface Disks {
  /** As they were after this call. @throws GoogleProblem */
  next(options?: Calling): Promise<ListedDisk[]>;
  /** Deleting what isn't there is fine. */
  remove(disk: ListedDisk, options?: Calling): Promise<void>;
}

type Disk = protos.google.cloud.compute.v1.IDisk;

/** Most that a page holds. */
const PAGE = 500;

export function openDisks(settings: GoogleSettings, { disks }: Pick<Clients, "disks">): Disks {
  const { project } = settings;
  const listing = openListing("list the disks", async () => {
    const wish = { project, filter: ownFilter(settings), maxResults: PAGE };
    const found: ListedDisk[] = [];
    for await (const [, { disks: own }] of disks.aggregatedListAsync(wish, { ...oneAttempt(), autoPaginate: false }))
      for (const disk of own ?? []) found.push(listedOf(disk));
    return found;
  });
  return {
    next: listing.next,
    remove: async ({ name, zone }, options = {}) => {
      const call = () => disks.delete({ project, zone, disk: name }, oneAttempt());
      await ask(`remove the disk ${name} in ${zone}`, call, options).catch((error: unknown) => {
        // Another was faster.
        if (!(error instanceof GoogleProblem && (error.http === 404 || error.reason === "resourceNotReady"))) throw error;
      });
    },
  };
}

function listedOf({ name, zone: where, status, labels, users }: Disk): ListedDisk {
  const zone = (where ?? "").split("/").at(-1) ?? "";
  const isUsed = (users ?? []).length > 0;
  const ends = Number(labels?.[ENDS_LABEL]);
  const found: FoundMachine = {
    ...{ name: name ?? "", workshop: labels?.workshop ?? "", onlyDisk: true },
    status: isUsed || status === "DELETING" ? "stopping" : "broken",
    detail: `Its disk in ${zone} outlived it`,
    ...(ends > 0 && { endsBy: ends * 1000 }),
  };
  return { name: found.name, zone, isUsed, found };
}
