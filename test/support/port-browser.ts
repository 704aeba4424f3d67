import { portLabel } from "../../agent/contract/ports.ts";
import { seatName } from "../../agent/contract/seats.ts";
import type { TestAgent } from "./agent.ts";

/** What a browser does between the workspace and a port's host, hop by hop, so that a test can do a part of it, or do it wrong. */
export interface PortBrowser {
  /** A call of the port's host, as it is: nothing is followed. */
  call(path: string, init?: RequestInit & { host?: string }): Promise<Response>;
  /** `GET /vm/NN/ports/PORT`, with the learner's token. */
  ask(query?: string): Promise<Response>;
  /** Its own cookies. */
  cookies: Map<string, string>;
  /** From the workspace to the port. */
  enter(): Promise<Response>;
  origin: string;
}

export function portBrowser(agent: TestAgent, seat: number, port: number): PortBrowser {
  const { url, public: open } = agent.address();
  const host = `${portLabel({ seat, port })}.localhost:${open.port}`;
  const cookies = new Map<string, string>();
  const browser: PortBrowser = {
    cookies,
    origin: `http://${host}`,
    call: async (path, { host: other, ...init } = {}) => {
      const headers = new Headers(init.headers);
      headers.set("host", other ?? host);
      if (!headers.has("cookie") && cookies.size > 0)
        headers.set("cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
      const answer = await fetch(`http://127.0.0.1:${open.port}${path}`, { redirect: "manual", ...init, headers });
      for (const one of answer.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]*)=([^;]*)/.exec(one) ?? [];
        cookies.set(name, value);
      }
      return answer;
    },
    ask: async (query = "") =>
      fetch(`${url}/vm/${seatName(seat)}/ports/${port}${query}`, { redirect: "manual", headers: await agent.learner(seat) }),
    enter: async () => {
      await browser.call("/.clarateach/begin");
      const begun = await browser.call("/.clarateach/begin");
      const asked = await browser.ask(new URL(locationOf(begun)).search);
      return browser.call(pathOf(locationOf(asked)));
    },
  };
  return browser;
}

export const locationOf = (answer: Response): string => answer.headers.get("location") ?? "";

export const pathOf = (address: string): string => {
  const { pathname, search } = new URL(address);
  return pathname + search;
};
