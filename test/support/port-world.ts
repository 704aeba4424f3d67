import { startTestAgent, type TestAgent } from "./agent.ts";
import { type PortBrowser, portBrowser } from "./port-browser.ts";
import { type SeatServer, startInSeat } from "./seat-servers.ts";

/** A server as learners may have one; `{port}` is the port that it gets. */
export const LEARNERS_SERVER = [
  process.execPath,
  new URL("../fixtures/learners-server.ts", import.meta.url).pathname,
  "{port}",
] as const;

export interface PortWorld {
  agent: TestAgent;
  /** Of seat 01's learner. */
  server: SeatServer;
  /** Her browser, let in there. */
  hers: PortBrowser;
  end(): Promise<void>;
}

/** An agent whose first learner has a server of her own. */
export async function openPortWorld(seats: number): Promise<PortWorld> {
  const agent = await startTestAgent(seats);
  await agent.ready();
  const server = await startInSeat(agent, 1, LEARNERS_SERVER);
  const hers = portBrowser(agent, 1, server.port);
  await hers.enter();
  const end = async () => {
    await server.end();
    await agent.end();
  };
  return { agent, server, hers, end };
}
