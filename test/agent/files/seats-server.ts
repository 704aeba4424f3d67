import { LagProbe } from "../../support/lag.ts";
import { localSeat } from "../../support/local-seat.ts";
import { filesServer } from "./files-server.ts";

/** Two seats in one process, with the thread pool that its environment says; each line of its input is answered with the longest gap. */
const servers = process.argv.slice(2).map((workspace, i) => filesServer({ ...localSeat(i + 1), workspace }));
let probe = new LagProbe();
console.log(JSON.stringify(servers.map(({ url }) => url)));
for await (const _ of console) {
  console.log(JSON.stringify({ lag: probe.end().gap, surprises: servers.flatMap(({ surprises }) => surprises.map(String)) }));
  probe = new LagProbe();
}
process.exit();
