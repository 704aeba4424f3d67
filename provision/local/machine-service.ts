import { chmodSync, rmSync } from "node:fs";
import { Value } from "@sinclair/typebox/value";
import type { Server } from "bun";
import { MachineDocument } from "../../agent/contract/machine.ts";
import type { KeptMachines } from "./machines.ts";

/** A boot document is some kilobytes and a definition: 64 KiB, each sign of which JSON may write as two. */
const BODY_LIMIT = 192 * 1024;
/** Each is an agent of 60 MB and ten seats: more than any one server carries. Whoever took the gateway can't fill the disk with them. */
const MACHINES_LIMIT = 64;
/** Two machines of one workshop are `clarateach-ws-abc123` and `clarateach-ws-abc123-2`; seats' directories and cables are named after it. */
const NAME = /^clarateach-(ws-[a-z0-9]{6})(-[1-9][0-9]?)?$/;

/** What is refused: its message goes to the gateway. */
class Refused extends Error {}

/**
 * Makes and removes machines for a gateway that isn't root. Whoever may open the socket may: list machines, look at one, create one from
 * a document, remove one, and ask what seats would get of this server. No path, command, option or environment comes from the caller: a name has one shape, and the document is
 * checked against it before anything is written.
 * @param socket in a directory whose group may ask, which the socket inherits (setgid)
 */
export function serveMachines(machines: KeptMachines, socket: string): { stop(): Promise<void> } {
  rmSync(socket, { force: true });
  const asked: Asked = { machines, making: new Set(), measured: Promise.resolve() };
  const server = Bun.serve({
    unix: socket,
    maxRequestBodySize: BODY_LIMIT,
    development: false,
    fetch: (request, here) => answer(request, here, asked),
  });
  chmodSync(socket, 0o660);
  return { stop: () => server.stop(true) };
}

/** What calls share. */
interface Asked {
  machines: KeptMachines;
  /** Names of machines that are being made. */
  making: Set<string>;
  /** Settled once the last look at what would fit is done: each is a program of root's, so there is one at a time. */
  measured: Promise<unknown>;
}

async function answer(request: Request, server: Server<undefined>, asked: Asked): Promise<Response> {
  // Ten containers that don't end by themselves take longer than Bun lets a call be silent.
  server.timeout(request, 0);
  try {
    return Response.json((await perform(request, asked)) ?? null);
  } catch (error) {
    return Response.json({ error: (error as Error).message }, { status: error instanceof Refused ? 400 : 500 });
  }
}

function perform(request: Request, asked: Asked): Promise<unknown> {
  const { machines } = asked;
  const [, room, name] = new URL(request.url).pathname.split("/");
  const call = `${request.method} ${room}${name === undefined ? "" : "/NAME"}`;
  switch (call) {
    case "GET ports":
      return machines.ports();
    case "GET fit/NAME":
      return fit(checkedCount(name), asked);
    case "GET machines":
      return machines.list({ signal: request.signal });
    case "GET machines/NAME":
      return machines.find(checked(name), { signal: request.signal });
    case "PUT machines/NAME":
      return create(checked(name), request, asked);
    case "DELETE machines/NAME":
      return machines.remove(checked(name));
    default:
      throw new Refused(
        `machines are listed, looked at, created, removed and measured here; "${call.slice(0, 100)}" is none of that`,
      );
  }
}

function fit(seats: number, asked: Asked): Promise<unknown> {
  const look = () => asked.machines.fit(seats);
  const measured = asked.measured.then(look, look);
  asked.measured = measured;
  return measured;
}

async function create(name: string, request: Request, { machines, making }: Asked): Promise<void> {
  const boot = await request.text();
  const workshop = checkedDocument(name, boot).workshop.id;
  const others = new Set([...(await machines.names()), ...making]);
  others.delete(name);
  if (others.size >= MACHINES_LIMIT)
    throw new Refused(`this server has ${others.size} machines, the most it takes: stop workshops first`);
  making.add(name);
  // Only clouds need the id of a request: here making it twice makes one anyway.
  await machines.create({ name, workshop, requestId: "", boot }, { signal: request.signal }).finally(() => making.delete(name));
}

function checked(name: string | undefined): string {
  if (name !== undefined && NAME.test(name)) return name;
  throw new Refused(`"${String(name).slice(0, 100)}" is no machine's name: they are like clarateach-ws-abc123`);
}

function checkedCount(text: string | undefined): number {
  if (text !== undefined && /^[1-9][0-9]{0,2}$/.test(text)) return Number(text);
  throw new Refused(`"${String(text).slice(0, 100)}" is no number of seats: 1 to 999`);
}

function checkedDocument(name: string, text: string): MachineDocument {
  const value = parsed(text);
  if (!Value.Check(MachineDocument, value)) {
    const first = Value.Errors(MachineDocument, value).First();
    throw new Refused(`the document of ${name} is wrong at "${first?.path || "/"}": ${first?.message ?? "it has another shape"}`);
  }
  if (value.machine === name && value.workshop.id === NAME.exec(name)?.[1]) return value;
  throw new Refused(`the document is of ${value.machine.slice(0, 100)} in ${value.workshop.id.slice(0, 100)}, not of ${name}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
