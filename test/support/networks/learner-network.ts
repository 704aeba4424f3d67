import type { Browser } from "playwright-core";
import { NO_WEBGL } from "../browser.ts";
import { DOMAIN } from "../public-door.ts";
import { browserThatTrusts } from "../trusting-browser.ts";
import { type Conditions, openNetwork } from "./network.ts";
import { openConnectProxy, openHoldingProxy, openRelay, type Way } from "./ways.ts";

/** All that may be between a learner's browser and a class. */
export interface Habits extends Conditions {
  roundTripMs?: number;
  /** Connections that are silent for so long are cut. */
  idleMs?: number;
  /** `connect`: there is no way out but a proxy's CONNECT to port 443. `holding`: a proxy opens TLS and holds answers back. */
  proxy?: "connect" | "holding";
}

export interface LearnerNetwork {
  /** Chromium on her computer. */
  browser: Browser;
  /** From now on her line has this rate each way, as tc writes it; undefined: none. */
  pace(rate: string | undefined): Promise<void>;
  /** What the way out printed: `cut`, or a proxy's `CONNECT …`. */
  said(): string[];
  end(): Promise<void>;
}

/** Where companies have their proxies. */
const PROXY_PORT = 3128;
/** As much as a virus scanner wants to see before it lets something go. */
const HOLD_BYTES = 64 * 1024;

interface Out {
  ways: Way[];
  /** Of the edge: what learners' browsers connect to, and what is behind. */
  port: number;
  to: { hostname: string; port: number };
  /** Whom her browser has to believe. */
  root: string;
}

/** @param server a server with a public name: where it is on this computer, and by whom its certificates are signed */
export async function openLearnerNetwork(
  server: { address: string; root: string },
  { roundTripMs, idleMs, proxy, ...conditions }: Habits,
): Promise<LearnerNetwork> {
  await using opened = new AsyncDisposableStack();
  const network = opened.adopt(await openNetwork(conditions), (it) => it.end());
  const ways: Way[] = [];
  opened.defer(async () => void (await Promise.all(ways.map((way) => way.end()))));
  const out = await wayOut(server, proxy);
  ways.push(...out.ways);
  const timing = { ...(roundTripMs !== undefined && { roundTripMs }), ...(idleMs !== undefined && { idleMs }) };
  ways.push(await openRelay({ edge: network.edge, port: out.port, to: out.to, ...timing }));
  const rules = [DOMAIN, `*.${DOMAIN}`].map((name) => `MAP ${name} ${network.address}`).join(",");
  const options = {
    executablePath: network.program("/usr/bin/chromium"),
    // Nobody but the proxy knows names there.
    ...(proxy === "connect"
      ? { proxy: { server: `http://${network.address}:${PROXY_PORT}` } }
      : { args: [NO_WEBGL, `--host-resolver-rules=${rules}`] }),
  };
  const { browser } = opened.adopt(await browserThatTrusts([out.root], options), (it) => it.close());
  const kept = opened.move();
  return {
    browser,
    pace: network.pace,
    said: () => ways.flatMap((way) => way.said()),
    end: () => kept.disposeAsync(),
  };
}

async function wayOut({ address, root }: { address: string; root: string }, proxy: Habits["proxy"]): Promise<Out> {
  const server = { hostname: address, port: 443 };
  if (proxy === "connect") {
    const way = await openConnectProxy({ host: DOMAIN, to: server });
    return { ways: [way], port: PROXY_PORT, to: { hostname: "127.0.0.1", port: way.port }, root };
  }
  if (proxy === "holding") {
    const way = await openHoldingProxy(DOMAIN, { to: server, holdBytes: HOLD_BYTES });
    return { ways: [way], port: 443, to: { hostname: "127.0.0.1", port: way.port }, root: way.root };
  }
  return { ways: [], port: 443, to: server, root };
}
