import { Problem } from "../../contract/errors.ts";
import type { Fit } from "../../contract/fit.ts";
import { SEATS_PER_MACHINE } from "../../contract/seats.ts";

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

/** Of one seat. Memory and disk in bytes; a part of one processor is a fraction. */
export interface SeatSizes {
  memory: number;
  cpus: number;
  pids: number;
  disk: number;
}

export interface MachineSize {
  memory: number;
  cpus: number;
  /** Processes and threads that its kernel has numbers for. */
  pids: number;
  /** Free bytes where the seats' disks are made, with what those hold that exist. */
  disk: number;
}

/** The most without a setting: editor, browser, the Claude CLI and a build at once fit. Ten of it fit on 8 processors, 32 GB, 65 GB of disk. */
const MOST: SeatSizes = {
  memory: 2.5 * GiB,
  // A lone build may use two; the kernel divides them when all ten build.
  cpus: 2,
  // Threads count. Chromium with ten tabs has 300.
  pids: 1024,
  disk: 6 * GiB,
};
/** A shell needs it. */
const LEAST: SeatSizes = { memory: 128 * MiB, cpus: 0.1, pids: 64, disk: 32 * MiB };
/** Below it a class is no pleasure: a browser alone takes 400 MB. */
const ENOUGH = { memory: 512 * MiB, disk: 512 * MiB };
/**
 * Of a container beside a seat, that shows its browser and runs it. Measured with one page open: neko 72 MB, Chromium 430, X server 72, sound and
 * pictures 20; a third of a processor to show a page whether it moves or not, and a quarter for Chromium when all of it does.
 */
export const BESIDE_SIZES = { memory: 1280 * MiB, cpus: 2, pids: 512 } as const;
const SHOWING_CPUS = 0.35;
/** What stays for the machine: kernel, Docker, the agent and the page cache; its own programs; images and logs that go on. */
const RESERVE = { memory: 2 * GiB, pids: 4096, disk: 2 * GiB };

/** What of a seat is set, and whether it has a container beside it. */
export type SeatsSet = Partial<SeatSizes> & { neko?: object };

/** That a seat takes of the machine besides its own. */
const besideOf = ({ neko }: SeatsSet): Record<keyof typeof RESERVE, number> =>
  neko ? { memory: BESIDE_SIZES.memory, pids: BESIDE_SIZES.pids, disk: 0 } : { memory: 0, pids: 0, disk: 0 };

/** What is set, and for the rest a tenth of the machine: how many seats a workshop has doesn't change what each of them gets. */
export function sizesOn(machine: MachineSize, set: SeatsSet): SeatSizes {
  const beside = besideOf(set);
  const share = (name: keyof typeof RESERVE) => {
    const tenth = Math.floor((machine[name] - RESERVE[name]) / SEATS_PER_MACHINE) - beside[name];
    return Math.min(MOST[name], Math.max(0, tenth));
  };
  return {
    memory: set.memory ?? share("memory"),
    // Processors can be lent, the rest can't. Docker refuses more than there are.
    cpus: Math.min(set.cpus ?? MOST.cpus, machine.cpus),
    pids: set.pids ?? share("pids"),
    disk: set.disk ?? share("disk"),
  };
}

/**
 * Refuses sizes that so many seats can't all use on this machine at once; what fits is named.
 * @param machine without what other workshops' seats on it may use @param set what `sizes` come from @throws Problem `INVALID_INPUT`
 */
export function checkFits(sizes: SeatSizes, seats: number, machine: MachineSize, set: SeatsSet = {}): void {
  const beside = besideOf(set);
  for (const name of ["memory", "cpus", "pids", "disk"] as const) {
    if (!(sizes[name] >= LEAST[name]))
      refuse(`${WORD[name]} per seat: ${shown(name, sizes[name])}, and each needs ${shown(name, LEAST[name])}`, tooLittle(name));
  }
  for (const name of ["memory", "disk"] as const) {
    const room = machine[name] - RESERVE[name];
    const each = sizes[name] + beside[name];
    if (each * seats > room)
      refuse(
        `${seats} seats with ${shown(name, sizes[name])} of ${name}${more(name, beside[name])} don't fit: this machine has ${shown(name, machine[name])} for them`,
        lower(name, Math.floor(room / seats) - beside[name], room / each),
      );
  }
}

/** Before anything is made. What other workshops' seats use now may be free by the time of the class. */
export function fitOf(set: SeatsSet, seats: number, machine: MachineSize): Fit {
  const sizes = sizesOn(machine, set);
  try {
    checkFits(sizes, seats, machine, set);
  } catch (error) {
    return { verdict: "impossible", why: error instanceof Error ? error.message : String(error) };
  }
  const small = (["memory", "disk"] as const).filter((name) => set[name] === undefined && sizes[name] < ENOUGH[name]);
  if (small.length === 0) return set.neko ? fitOfVideo(seats, machine) : { verdict: "good" };
  const each = small.map((name) => `${shown(name, sizes[name])} of ${name}`).join(" and ");
  const wanted = small.map((name) => `${shown(name, ENOUGH[name])} of ${name}`).join(" and ");
  const why = `Each seat gets ${each} of this machine, and a class wants ${wanted}: browsers and builds may end for want of it. A larger machine helps.`;
  return { verdict: "small", why };
}

/** Processors are lent, so that it is no reason to refuse: who has too few sees pictures instead. */
function fitOfVideo(seats: number, { cpus }: MachineSize): Fit {
  const wanted = Math.ceil(seats * SHOWING_CPUS);
  if (cpus >= wanted) return { verdict: "good" };
  const why = `Live video of ${seats} browsers at once takes ${wanted} processors, and this machine has ${cpus}: it would stutter. Take a larger machine, or leave CLARATEACH_NEKO_IMAGE out.`;
  return { verdict: "small", why };
}

const WORD: Record<keyof SeatSizes, string> = { memory: "Memory", cpus: "Processors", pids: "Processes", disk: "Disk" };
const settingOf = (name: keyof SeatSizes): string => `CLARATEACH_SEAT_${name.toUpperCase()}`;

const shown = (name: keyof SeatSizes, amount: number): string =>
  name === "memory" || name === "disk" ? `${Math.max(0, Math.floor(amount / MiB))} MiB` : String(amount);

const more = (name: "memory" | "disk", beside: number): string =>
  beside > 0 ? `, and ${shown(name, beside)} for the live video of each,` : "";

const tooLittle = (name: keyof SeatSizes): string =>
  `Take a larger machine${name === "disk" ? ", make room on its disk" : ""}, or set ${settingOf(name)} higher and have fewer seats.`;

/** What helps: a value to be copied, or as many seats as fit. */
function lower(name: "memory" | "disk", most: number, fitting: number): string {
  if (most < LEAST[name]) return "Have fewer seats, or take a larger machine.";
  const seats = Math.max(0, Math.floor(fitting));
  return `Set ${settingOf(name)}=${Math.floor(most / MiB)}M (at most), have ${seats} seats, or take a larger machine.`;
}

function refuse(why: string, remedy: string): never {
  throw new Problem("INVALID_INPUT", `${why}. ${remedy}`);
}
