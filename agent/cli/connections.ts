import { type ChangesMade, type ConnectionRequest, END, type SeatConnections, wholeEnd } from "../contract/api.ts";
import { type Command, CommandFailure, command, UsageProblem } from "../contract/command-line.ts";
import { type AgentApi, ASKS, openApi } from "./agent-api.ts";
import { plainJson, plainLine } from "./plain.ts";
import { type Screen, screenOf } from "./screen.ts";
import { oneSeat, SEAT } from "./seat-words.ts";
import { table } from "./table.ts";
import { settle, WAITS } from "./waiting.ts";

const group = "Connections";
const PLUG = { name: "PLUG", about: "of an SDK: sdk:plug" } as const;
const SLOT = {
  name: "SLOT",
  about: "sdk:slot, or :slot of the system's; without, the only one that fits",
  optional: true,
} as const;
const options = { ...WAITS, ...ASKS } as const;

export const connectionsCommand: Command = command(
  { name: "connections", about: "shows what a seat is connected with, and could be", words: [SEAT], options: ASKS, group },
  async ({ machine, json }, [seat]) => {
    const api = openApi(machine);
    const answer = await api.get<SeatConnections>(`/v1/connections?seat=${await oneSeat(api, seat)}`);
    console.log(json ? plainJson(answer) : printed(answer, screenOf(process.stdout)));
  },
);

export const connectCommand: Command = command(
  {
    name: "connect",
    about: "connects a plug of a seat with a slot, until it is restored",
    words: [SEAT, PLUG, SLOT],
    options,
    group,
  },
  async (given, [seat, ...ends]) => {
    const [plug = "", slot] = ends.map(endOf);
    const api = openApi(given.machine);
    const at = slot ?? (await fittingSlot(api, await oneSeat(api, seat), plug));
    await ask(api, seat, { action: "connect", plug, slot: at }, given);
  },
);

export const disconnectCommand: Command = command(
  {
    ...{ name: "disconnect", about: "ends a connection of a seat; a refresh leaves it ended", words: [SEAT, PLUG, SLOT], group },
    options: { forget: { about: "as if nobody had ever connected or disconnected these two" }, ...options },
  },
  async (given, [seat, ...ends]) => {
    const [plug = "", slot] = ends.map(endOf);
    const api = openApi(given.machine);
    const at = slot ?? (await connectedSlot(api, await oneSeat(api, seat), plug));
    await ask(api, seat, { action: "disconnect", plug, slot: at, ...(given.forget && { forget: true }) }, given);
  },
);

export const remountCommand: Command = command(
  {
    ...{ name: "remount", about: "leads a mount of a seat to another directory of the machine", group, options },
    words: [SEAT, PLUG, { name: "DIRECTORY", about: "an absolute path; without, its own place again", optional: true }],
  },
  (given, [seat, plug = "", source]) =>
    ask(openApi(given.machine), seat, { action: "remount", plug: endOf(plug), ...(source !== undefined && { source }) }, given),
);

interface Given {
  json: boolean;
  verbose: boolean;
  "no-wait": boolean;
}

/** @throws UsageProblem for what can be no plug's or slot's name */
function endOf(word: string): string {
  if (END.test(word)) return wholeEnd(word);
  throw new UsageProblem(`"${plainLine(word)}" names no plug or slot: they are sdk:name, or :name of the system's.`);
}

async function ask(api: AgentApi, seat: string | undefined, request: ConnectionRequest, given: Given): Promise<void> {
  await settle(api, await api.post<ChangesMade>(`/v1/connections?seat=${await oneSeat(api, seat)}`, request), given);
}

/** The only slot of the plug's interface. @throws CommandFailure naming those that there are */
async function fittingSlot(api: AgentApi, seat: string, plug: string): Promise<string> {
  const { plugs, slots } = await api.get<SeatConnections>(`/v1/connections?seat=${seat}`);
  const wanted = plugs.find(({ name }) => name === plug)?.interface;
  if (wanted === undefined) throw new CommandFailure(1, `Seat ${seat} has no plug "${plainLine(plug)}": ${named(plugs)}.`);
  return theOnly(
    slots.filter((slot) => slot.interface === wanted),
    `of the interface ${plainLine(wanted)} in seat ${seat}`,
  );
}

/** The only slot that the plug is connected with. @throws CommandFailure as `fittingSlot` */
async function connectedSlot(api: AgentApi, seat: string, plug: string): Promise<string> {
  const { established, undesired } = await api.get<SeatConnections>(`/v1/connections?seat=${seat}`);
  const slots = [...established, ...undesired].filter((one) => one.plug === plug).map(({ slot }) => ({ name: slot }));
  return theOnly(slots, `that "${plainLine(plug)}" of seat ${seat} is connected with`);
}

function theOnly(slots: readonly { name: string }[], which: string): string {
  const [only] = slots;
  if (only && slots.length === 1) return only.name;
  throw new CommandFailure(1, only ? `Name the slot: there are ${named(slots)} ${which}.` : `There is no slot ${which}.`);
}

const named = (ends: readonly { name: string }[]): string =>
  ends.length === 0 ? "it has none" : ends.map(({ name }) => plainLine(name)).join(", ");

function printed({ established, undesired, plugs, slots, warnings }: SeatConnections, screen: Screen): string {
  const used = new Set([...established, ...undesired].map(({ plug }) => plug));
  const free = plugs.filter(({ name }) => !used.has(name));
  const kind = (plug: string) => plugs.find(({ name }) => name === plug)?.interface ?? "";
  const rows = [
    ...established.map((one) => [one.interface, one.plug, one.slot, one.auto ? "by itself" : "by hand"]),
    ...undesired.map(({ plug, slot }) => [kind(plug), plug, slot, "ended by hand"]),
    ...free.map((one) => [one.interface, one.name, "-", ""]),
  ];
  const others = slots.filter(({ name }) => !established.some(({ slot }) => slot === name));
  return [
    rows.length === 0 ? "no plugs" : table(["interface", "plug", "slot", "connected"], rows, screen),
    ...(others.length === 0 ? [] : [`Slots without a plug: ${named(others)}`]),
    ...warnings.map((text) => `Warning: ${plainLine(text)}`),
  ].join("\n");
}
