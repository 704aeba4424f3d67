import { seatName } from "../../contract/seats.ts";
import { listedSdks, type SdkName, writtenName } from "../../definition/listed.ts";
import type { TaskSpec } from "../../engine/task.ts";
import type { SeatWish } from "../runtime.ts";

/** What is to be set up: the SDKs of a definition, in their order. Plain JSON, for it is saved in tasks. */
export interface SdkList {
  sdks: readonly SdkName[];
  /** Digest of the archive with those of the definition's own. */
  archive?: string;
}

/** What a task of this runtime carries. */
export interface SeatData {
  seat: number;
  starter?: { digest: string; name: string };
  /** What it is made from; without it, what it was made from before. */
  list?: SdkList;
}

export interface MachineData {
  seats: number[];
}

export interface RetrieveData {
  sdk: SdkName;
  archive?: string;
}

export interface LayerData {
  list: SdkList;
  /** Of the SDK whose layer it is, in the list. */
  place: number;
}

/** What the seats of one change share. Which layers there are already is seen when their turn comes. */
export function prepare(wishes: readonly SeatWish[]): TaskSpec[] {
  const [wish] = wishes;
  if (!wish) return [];
  const seats = wishes.map(({ seat }) => seat);
  const list = listOf(wish);
  const { sdks, archive } = list;
  return [
    shared("prepare-machine", "Make the machine ready for seats", { seats }),
    ...sdks.map((sdk) => shared("retrieve-sdk", `Fetch ${writtenName(sdk)}`, { sdk: { ...sdk }, ...(archive && { archive }) })),
    ...sdks.map((sdk, place) => shared("build-layer", `Install ${writtenName(sdk)}`, { list: plain(list), place })),
  ];
}

export function makeSeat(wish: SeatWish): TaskSpec[] {
  const { seat, starter } = wish;
  const list = listOf(wish);
  return [
    task("make-disk", `Make the disk of seat ${seatName(seat)}`, { seat }),
    ...(starter ? [task("unpack-starter", `Unpack ${starter.name} into seat ${seatName(seat)}`, { seat, starter })] : []),
    task("make-network", `Make the network of seat ${seatName(seat)}`, { seat }),
    task("start-container", `Start seat ${seatName(seat)}`, { seat, list }),
    ...(mayHaveHooks(list) ? hooksOf(seat, list) : []),
  ];
}

/** The same steps on what is there; none of them has an undo. */
export function repairSeat({ seat }: SeatWish): TaskSpec[] {
  return [
    task("repair-disk", `Look after the disk of seat ${seatName(seat)}`, { seat }),
    task("repair-network", `Look after the network of seat ${seatName(seat)}`, { seat }),
    task("repair-container", `Start seat ${seatName(seat)} again`, { seat }),
  ];
}

export function stopSeat(seat: number): TaskSpec[] {
  return [task("stop-container", `End the programs of seat ${seatName(seat)}`, { seat })];
}

/** Stopped first, in a task of its own: what that counted stays counted when a later step fails. */
export function removeSeat(seat: number): TaskSpec[] {
  return [
    ...stopSeat(seat),
    task("remove-container", `Remove the container of seat ${seatName(seat)}`, { seat }),
    task("remove-network", `Remove the network of seat ${seatName(seat)}`, { seat }),
    task("remove-disk", `Remove the files of seat ${seatName(seat)}`, { seat }),
  ];
}

const listOf = ({ definition, definitionArchive: archive }: SeatWish): SdkList => ({
  sdks: listedSdks(definition),
  ...(archive !== undefined && { archive }),
});

/** Our own SDKs set up no projects and check nothing. */
const mayHaveHooks = ({ sdks }: SdkList): boolean => sdks.some(({ source }) => source === "project");

const hooksOf = (seat: number, list: SdkList): TaskSpec[] => [
  task("setup-project", `Set up the project of seat ${seatName(seat)}`, { seat, list }),
  task("check-health", `Check the health of seat ${seatName(seat)}`, { seat, list }),
];

const plain = ({ sdks, archive }: SdkList) => ({ sdks: sdks.map((sdk) => ({ ...sdk })), ...(archive && { archive }) });

const shared = (kind: string, summary: string, data: TaskSpec["data"]): TaskSpec => ({ kind: `docker/${kind}`, summary, data });

function task(kind: string, summary: string, { seat, starter, list }: SeatData): TaskSpec {
  return { kind: `docker/${kind}`, summary, data: { seat, ...(starter && { starter }), ...(list && { list: plain(list) }) } };
}
