import { seatName } from "../../contract/seats.ts";
import { FORMAT } from "../../definition/digest.ts";
import { listedSdks, type SdkName, writtenName } from "../../definition/listed.ts";
import type { Json } from "../../engine/memory.ts";
import type { TaskSpec } from "../../engine/task.ts";
import type { SeatWish } from "../runtime.ts";
import type { HowRenewed } from "../wishes.ts";

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
  /** What it is connected to. */
  wish?: Pick<SeatWish, "definition" | "definitionArchive" | "byHand">;
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
  /** How layers are built. */
  format?: number;
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
    ...sdks.map((sdk, place) =>
      shared("build-layer", `Install ${writtenName(sdk)}`, { list: plain(list), place, format: FORMAT }),
    ),
  ];
}

export function makeSeat(wish: SeatWish): TaskSpec[] {
  const { seat, starter } = wish;
  const list = listOf(wish);
  return [
    task("make-disk", `Make the disk of seat ${seatName(seat)}`, { seat }),
    ...(starter ? [task("unpack-starter", `Unpack ${starter.name} into seat ${seatName(seat)}`, { seat, starter })] : []),
    task("make-network", `Make the network of seat ${seatName(seat)}`, { seat }),
    connections(wish),
    task("start-container", `Start seat ${seatName(seat)}`, { seat, list }),
    ...(mayHaveHooks(list) ? [setUp(seat), check(seat)] : []),
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

/**
 * The container is put aside and another one started round the same disk; whatever fails leads back to the first one. It is taken away in a lane
 * of its own: that can't be undone, and failing there is no reason to go back.
 * @param then the point of no return
 */
export function renewSeat(wish: SeatWish, how: HowRenewed, then: TaskSpec): TaskSpec[] {
  const { seat } = wish;
  const from = { seat, ...(how === "refresh" && { list: listOf(wish) }) };
  return [
    task("save-state", `Save the state of seat ${seatName(seat)}`, from),
    task("stash-container", `Put the container of seat ${seatName(seat)} aside`, { seat }),
    ...(how === "restore" ? [task("fresh-home", `Give seat ${seatName(seat)} a fresh home`, { seat })] : []),
    connections(wish),
    task("renew-container", `Start seat ${seatName(seat)} anew`, from),
    setUp(seat),
    task("restore-state", `Bring back the state of seat ${seatName(seat)}`, { seat }),
    check(seat),
    then,
    { ...task("drop-stash", `Remove what seat ${seatName(seat)} was before`, { seat }), lanes: [AFTERWARDS + seat] },
  ];
}

/** In place: a seat that runs goes on. */
export function connectSeat(wish: SeatWish): TaskSpec[] {
  return [
    task("connect-seat", `Change the connections of seat ${seatName(wish.seat)}`, { seat: wish.seat, wish: ofConnections(wish) }),
  ];
}

/** The container runs, and is left alone. */
export const GENTLE: readonly string[] = ["docker/save-state", "docker/connect-seat"];

/** Seats have the lanes of their numbers, up to 99. */
const AFTERWARDS = 1000;

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

/** What a seat is made from by this wish. */
export const listOf = ({ definition, definitionArchive: archive }: SeatWish): SdkList => ({
  sdks: listedSdks(definition),
  ...(archive !== undefined && { archive }),
});

const connections = (wish: SeatWish): TaskSpec =>
  task("resolve-interfaces", `Find the connections of seat ${seatName(wish.seat)}`, {
    seat: wish.seat,
    wish: ofConnections(wish),
  });

const ofConnections = ({ definition, definitionArchive, byHand }: SeatWish): NonNullable<SeatData["wish"]> => ({
  ...(definition !== undefined && { definition }),
  ...(definitionArchive !== undefined && { definitionArchive }),
  ...(byHand && { byHand }),
});

/** Our own SDKs set up no projects and check nothing. */
const mayHaveHooks = ({ sdks }: SdkList): boolean => sdks.some(({ source }) => source === "project");

const setUp = (seat: number) => task("setup-project", `Set up the project of seat ${seatName(seat)}`, { seat });
const check = (seat: number) => task("check-health", `Check the health of seat ${seatName(seat)}`, { seat });

const plain = ({ sdks, archive }: SdkList) => ({ sdks: sdks.map((sdk) => ({ ...sdk })), ...(archive && { archive }) });

const shared = (kind: string, summary: string, data: TaskSpec["data"]): TaskSpec => ({ kind: `docker/${kind}`, summary, data });

function task(kind: string, summary: string, { seat, starter, list, wish }: SeatData): TaskSpec {
  const data = { seat, ...(starter && { starter }), ...(list && { list: plain(list) }), ...(wish && { wish }) };
  return { kind: `docker/${kind}`, summary, data: data as unknown as Json };
}
