import type { Subprocess } from "bun";
import { SEAT_MARKER } from "../../agent/contract/running.ts";
import { seatName } from "../../agent/contract/seats.ts";
import type { TestAgent } from "./agent.ts";
import { until } from "./until.ts";

export interface SeatServer {
  port: number;
  end(): Promise<void>;
}

/** A program of a seat of plain processes that listens; `{port}` in its arguments is the port that it gets. */
export const startInSeat = (
  agent: TestAgent,
  seat: number,
  argv: readonly string[],
  cwd = "/",
  port?: number,
): Promise<SeatServer> => startMarked(`${agent.document.machine}/${seatName(seat)}`, argv, cwd, port);

/** @param mark the seat's, which all programs carry that a shell of the seat starts */
export async function startMarked(mark: string, argv: readonly string[], cwd = "/", port = freePort()): Promise<SeatServer> {
  const child: Subprocess = Bun.spawn(
    argv.map((word) => word.replaceAll("{port}", String(port))),
    {
      cwd,
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, [SEAT_MARKER]: mark },
    },
  );
  await until(`${argv[0]} to listen on ${port}`, () => isOpen(port));
  return {
    port,
    end: async () => {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

function freePort(): number {
  const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
  const { port } = taken;
  taken.stop(true);
  return port;
}

async function isOpen(port: number): Promise<boolean> {
  const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data: () => {} } }).catch(() => undefined);
  socket?.end();
  return socket !== undefined;
}
