import type { PipedProgram } from "../../seat.ts";
import { FrameReader } from "../client/frames.ts";
import { type Inside, runProgram } from "./programs.ts";
import { ExecProgram } from "./terminal.ts";

/** @throws DockerError, Problem when the seat isn't running */
export async function runOnPipes(inside: Inside, argv: readonly string[]): Promise<PipedProgram> {
  return new PipedExec(inside, await runProgram(inside, { argv, stdin: true }));
}

class PipedExec extends ExecProgram implements PipedProgram {
  override onData(take: (bytes: Uint8Array, output: 1 | 2) => void): void {
    const frames = new FrameReader((output, bytes) => take(bytes, output === 2 ? 2 : 1));
    super.onData((bytes) => frames.take(bytes));
  }

  endInput(): void {
    void this.drained.then(() => this.running.stream.endWriting());
  }
}
