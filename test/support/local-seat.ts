import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SeatHandle } from "../../agent/seats/seat.ts";

export interface LocalSeat extends SeatHandle {
  /** What the seat's learner may not reach: a directory beside the workspace. */
  readonly outside: string;
  end(): void;
}

/** A seat that is no more than a directory: as much of a runtime as files need. */
export function localSeat(seat = 1): LocalSeat {
  const directory = mkdtempSync(join(tmpdir(), "ct-files-"));
  const workspace = join(directory, "workspace");
  const outside = join(directory, "outside");
  mkdirSync(workspace);
  mkdirSync(outside);
  const unused = () => Promise.reject(new Error("files need no such thing"));
  return {
    seat,
    generation: 1,
    workspace,
    outside,
    owner: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
    run: { outside: directory, inside: directory },
    cdpPort: 0,
    attach: unused,
    history: unused,
    askTmux: unused,
    dial: unused,
    listening: unused,
    exec: unused,
    runOnTerminal: unused,
    runOnPipes: unused,
    spawn: unused,
    end: () => rmSync(directory, { recursive: true, force: true }),
  };
}
