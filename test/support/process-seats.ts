import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSeats, type SeatManager } from "../../agent/seats/manager.ts";
import { processRuntime } from "../../agent/seats/process/runtime.ts";
import type { SeatHandle } from "../../agent/seats/seat.ts";
import { documentOf } from "./document.ts";
import { until } from "./until.ts";

/** Seats that are plain processes, without an agent around them. */
export interface ProcessSeats {
  /** By whose name their programs are found. */
  machine: string;
  manager: SeatManager;
  /** By number, as they are there. */
  seat(number: number): Promise<SeatHandle>;
  end(): Promise<void>;
}

export async function openProcessSeats(numbers: number[] = [1]): Promise<ProcessSeats> {
  const directory = mkdtempSync(join(tmpdir(), "ct-seats-"));
  const machine = `clarateach-ws-${Bun.randomUUIDv7().slice(-6)}`;
  const { PATH: path } = process.env;
  const manager = await openSeats({ directory, machine, runtime: processRuntime({ path }), starterPath: String });
  manager.want(documentOf(machine, 1, { numbers }));
  return {
    ...{ machine, manager },
    seat: (number) => until(`seat ${number}`, () => manager.seat(number)),
    async end() {
      await manager.runtime.removeEverything();
      await manager.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
