import {
  ChangeRequest,
  type ProjectRead,
  ProjectRequest,
  type Projects,
  SeatsRequest,
  type Workshop,
  type Workshops,
} from "../contract/api.ts";
import { Problem } from "../contract/errors.ts";
import { parseSeatName, seatName } from "../contract/seats.ts";
import type { Documents } from "../machine/documents.ts";
import type { Call } from "../rows.ts";
import type { Ask } from "../seats/asks.ts";
import type { SeatManager } from "../seats/manager.ts";
import type { Sockets } from "../sockets.ts";
import type { Degraded } from "./degraded.ts";
import { changesMade } from "./made.ts";
import { bodyOf, changeIn } from "./read.ts";

export interface WorkshopsParts {
  documents: Documents;
  seats: SeatManager;
  sockets: Pick<Sockets, "viewers">;
  degraded: Degraded;
  /** Where the seats are a project's. */
  project?: ProjectFiles | undefined;
}

/** What the API asks of a project's files. */
export interface ProjectFiles {
  /** @throws Problem with all that is wrong */
  take(names: readonly string[] | undefined): Promise<readonly { seat: number; name?: string }[]>;
  /** `missing`: the seat can only be removed. */
  trouble(seat: number): Promise<{ missing: boolean; note: string } | undefined>;
}

/** Seats, which the API calls workshops, and what may be done with them. */
export interface WorkshopsApi {
  projects(): Response;
  /** @throws Problem NOT_FOUND where there is no project; as `ProjectFiles.take` */
  read(call: Call): Promise<Response>;
  list(): Promise<Response>;
  one(call: Call): Promise<Response>;
  /** 202 with changes, or 200 when nothing differs. @throws Problem UNAVAILABLE while degraded; as the manager's `ask` */
  ask(call: Call): Promise<Response>;
  /** @throws Problem as the manager's `continue` and `abort` */
  act(call: Call): Promise<Response>;
}

/** What makes room, or ends: a machine that has none left must still be able to. */
const FREEING: ReadonlySet<string> = new Set(["remove", "stop", "abort"]);

export function workshopsApi({ documents, seats, sockets, degraded, project }: WorkshopsParts): WorkshopsApi {
  const numbers = () => documents.current().seats.map(({ seat }) => seat);

  function all(): Workshop[] {
    const open = seats.changes("in-progress");
    const nameOf = (seat: number) => documents.current().seats.find((one) => one.seat === seat)?.name;
    return seats.report().seats.map(({ seat, status, progress, note, operations = [] }) => {
      const change = open.find(({ tasks }) => tasks.some((task) => task.seat === seat))?.id;
      const name = nameOf(seat);
      return {
        ...{ project: documents.current().workshop.id, seat, status, progress },
        notes: note === undefined ? [] : [note],
        operations,
        viewers: sockets.viewers(seat),
        ...(name !== undefined && { name }),
        ...definitionIn(seats.definitionOf(seat)),
        ...(change !== undefined && { change }),
      };
    });
  }

  async function allNow(): Promise<Workshop[]> {
    return Promise.all(all().map(async (one) => withTrouble(one, await project?.trouble(one.seat))));
  }

  return {
    projects: () => {
      const { workshop, machine, phase, project } = documents.current();
      const directory = project && { directory: project.directory, ...(!project.owner && { rootsOwn: true as const }) };
      return Response.json({ projects: [{ ...workshop, machine, phase, seats: numbers(), ...directory }] } satisfies Projects);
    },
    read: async (call) => {
      const { names } = await bodyOf(call, ProjectRequest);
      if (!project) throw new Problem("NOT_FOUND", "This machine has no project: its gateway says what its seats are made from.");
      const taken = await project.take(names);
      return Response.json({ workshops: taken.map(({ seat, name = "" }) => ({ name, seat })) } satisfies ProjectRead);
    },
    list: async () => Response.json({ workshops: await allNow() } satisfies Workshops),
    one: async ({ params }) => {
      const seat = parseSeatName(params.seat ?? "");
      const found = (await allNow()).find((one) => one.seat === seat);
      if (!found) throw new Problem("NOT_FOUND", `This machine has no seat ${params.seat}: it has ${listed(numbers())}.`);
      return Response.json(found);
    },
    ask: async (call) => {
      const { seats: chosen = numbers(), ...asked } = await bodyOf(call, SeatsRequest);
      if (!FREEING.has(asked.action)) await degraded.refuse(`to ${asked.action} a seat`);
      return changesMade(await seats.ask(chosen, askOf(asked)));
    },
    act: async (call) => {
      const id = changeIn(call);
      const { action } = await bodyOf(call, ChangeRequest);
      if (!FREEING.has(action)) await degraded.refuse("to continue a change");
      seats[action](String(id));
      return Response.json(seats.change(id));
    },
  };
}

/** @throws Problem INVALID_INPUT for an option that its action hasn't */
function askOf({ action, mode, start }: Omit<SeatsRequest, "seats">): Ask {
  const takesMode = action === "launch" || action === "refresh" || action === "restore";
  if (mode !== undefined && !takesMode) throw new Problem("INVALID_INPUT", `To ${action} has no mode: leave it out.`);
  if (start !== undefined && action !== "launch") throw new Problem("INVALID_INPUT", `To ${action} has no start: leave it out.`);
  const given = mode === undefined ? {} : { mode };
  if (action === "launch") return { action, ...given, ...(start !== undefined && { start }) };
  return takesMode ? { action, ...given } : { action };
}

/** A container that runs on goes on: what it works on is gone all the same. */
function withTrouble(one: Workshop, trouble: { missing: boolean; note: string } | undefined): Workshop {
  if (!trouble) return one;
  const notes = [trouble.note, ...one.notes];
  return trouble.missing ? { ...one, status: "error", notes, operations: ["remove"] } : { ...one, notes };
}

const listed = (seats: readonly number[]): string => (seats.length === 0 ? "none" : seats.map(seatName).join(", "));
const definitionIn = (definition: string | undefined) => (definition === undefined ? {} : { definition });
