/**
 * The part of a server that is root: makes and removes machines of containers, and keeps their agents running. A gateway that isn't root
 * asks it by a socket.
 *   bun provision/local/main.ts --root DIR --socket PATH
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { serveMachines } from "./machine-service.ts";
import { openMachines } from "./machines.ts";

const AGENT = join(import.meta.dir, "..", "..", "dist", "clarateach-agent");

const { root, socket } = parseArgs({ options: { root: { type: "string" }, socket: { type: "string" } } }).values;
if (!root || !socket) throw new Error("say where machines lie and where to listen: --root DIR --socket PATH");

// Containers alone: whoever asks may not choose seats that nothing walls off.
const machines = await openMachines({ root, agent: [AGENT], runtime: "docker" });
const service = serveMachines(machines, socket);
console.log(`Machines are made in ${root}, asked for at ${socket}.`);

// systemd's restart sends SIGTERM: agents go on. Its stop sends SIGINT: they leave in order.
process.once("SIGTERM", async () => {
  await service.stop();
  machines.leave();
  process.exit(0);
});
process.once("SIGINT", async () => {
  await service.stop();
  await machines.close();
  process.exit(0);
});
