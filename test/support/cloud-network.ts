import { existsSync } from "node:fs";
import { join } from "node:path";
import { METADATA_ADDRESS } from "./debian-vm.ts";
import type { ManagedZone } from "./google-cloud/dns/state.ts";
import { type NameServer, startNameServer } from "./google-cloud/name-server.ts";
import { sh } from "./sh.ts";

/** All that isn't in the cloud (addresses for documentation, RFC 5737). */
export const INTERNET = "198.51.100.1";
/** What machines' public addresses begin with (RFC 2544). */
export const PUBLIC = "198.18";

/** What a VM meets outside: names, a mirror of Debian, downloads. In a network namespace of the test's own. */
export interface CloudNetwork {
  /** Paths that were asked for, in order. */
  asked: string[];
  names: NameServer;
  end(): Promise<void>;
}

/** @param files of `downloads.example.org`, by path */
export async function openCloudNetwork(
  zone: () => ManagedZone | undefined,
  mirror: string,
  files: Readonly<Record<string, string>>,
): Promise<CloudNetwork> {
  for (const line of [
    "link set lo up",
    `addr add ${METADATA_ADDRESS}/32 dev lo`,
    `addr add ${INTERNET}/32 dev lo`,
    // Led on to the machines' own addresses; from whom it is shall be known there.
    `route add ${PUBLIC}.0.0/16 dev lo src ${INTERNET}`,
  ]) {
    const { code, err } = await sh("ip", ...line.split(" "));
    if (code !== 0) throw new Error(`ip ${line}: ${err}`);
  }
  const asked: string[] = [];
  const web = Bun.serve({
    ...{ hostname: INTERNET, port: 80, idleTimeout: 0 },
    fetch: ({ url }) => {
      const path = decodeURIComponent(new URL(url).pathname);
      asked.push(path);
      if (path === "/hello") return new Response("hello of the Internet\n");
      const file = files[path] ?? join(mirror, path.replace(/^\/debian\//, ""));
      return existsSync(file) ? new Response(Bun.file(file)) : new Response("", { status: 404 });
    },
  });
  const others = {
    "metadata.google.internal.": METADATA_ADDRESS,
    "deb.debian.org.": INTERNET,
    "downloads.example.org.": INTERNET,
  };
  const names = await startNameServer(zone, { address: METADATA_ADDRESS, port: 53 }, others);
  return {
    asked,
    names,
    end: async () => {
      await web.stop(true);
      await names.end();
    },
  };
}
