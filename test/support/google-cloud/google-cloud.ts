import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { answerer } from "./answering.ts";
import { makeZone } from "./dns/zones.ts";
import { newWorld, type World, type WorldSettings } from "./world.ts";

/** Time passes also while nobody asks: machines run and end. */
const SETTLE_MS = 20;

/** Google's compute, DNS and Secret Manager on loopback. */
export interface GoogleCloud {
  port: number;
  world: World;
  end(): Promise<void>;
}

/** A certificate and its key, both PEM: the emulator speaks TLS then. */
export interface Tls {
  cert: string;
  key: string;
}

/** @param port 0: any */
export async function startGoogleCloud(settings: WorldSettings = {}, port = 0, tls?: Tls): Promise<GoogleCloud> {
  const world = newWorld(settings);
  for (const [name, dnsName] of Object.entries(settings.managedZones ?? {})) makeZone(world, name, dnsName);
  const answer = answerer(world);
  const server = tls ? createTlsServer(tls, answer) : createServer(answer);
  await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
  const timer = setInterval(world.clock.settle, SETTLE_MS);
  timer.unref();
  return {
    port: (server.address() as AddressInfo).port,
    world,
    end: async () => {
      clearInterval(timer);
      await world.end();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
