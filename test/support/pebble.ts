import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { selfSigned } from "../../agent/machine/certificate.ts";
import { until } from "./until.ts";
import { freePort } from "./world.ts";

/** A certification authority of one's own on loopback, to which every name is 127.0.0.1. */
export interface Pebble {
  /** The ACME directory. */
  directory: string;
  /** The same, with whom its address is signed by, for who asks from this process. */
  authority: { directory: string; ca: string };
  /** PEM file for NODE_EXTRA_CA_CERTS: what the authority's own address shows. */
  caPath: string;
  /** PEM of the root under which it gives certificates. */
  root: string;
  end(): Promise<void>;
}

/**
 * @param httpPort where it looks for challenges instead of port 80
 * @param nameServer whom it asks for names; left out, every name is 127.0.0.1
 * @param more settings of its own
 * @param habits environment of its own: `PEBBLE_…`
 * @param address what every name is where no name server is given
 */
export async function startPebble(
  httpPort: number,
  nameServer?: string,
  more: object = {},
  habits: Record<string, string> = {},
  address = "127.0.0.1",
): Promise<Pebble> {
  const room = await mkdtemp(join(tmpdir(), "ct-pebble-"));
  const [listen, management, dns] = [await freePort(), await freePort(), await freePort()];
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ type: "sec1", format: "pem" }).toString();
  const [caPath, keyPath, configPath] = ["ca.pem", "key.pem", "config.json"].map((name) => join(room, name)) as [
    string,
    string,
    string,
  ];
  const certificate = selfSigned(privateKey.export({ type: "pkcs8", format: "pem" }).toString(), "pebble");
  const pebble = {
    listenAddress: `127.0.0.1:${listen}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: caPath,
    privateKey: keyPath,
    httpPort,
    tlsPort: 1,
    ocspResponderURL: "",
    externalAccountBindingRequired: false,
    ...more,
  };
  await Promise.all([writeFile(caPath, certificate), writeFile(keyPath, key), writeFile(configPath, JSON.stringify({ pebble }))]);
  const names = [
    "-dns01",
    `127.0.0.1:${dns}`,
    "-http01",
    "",
    "-https01",
    "",
    "-tlsalpn01",
    "",
    "-defaultIPv6",
    "",
    "-defaultIPv4",
    address,
  ];
  const quiet = { stdin: "ignore", stdout: "ignore", stderr: "ignore" } as const;
  const namesServer = Bun.spawn(["pebble-challtestsrv", ...names, "-management", `127.0.0.1:${await freePort()}`], quiet);
  const authority = Bun.spawn(["pebble", "-config", configPath, "-dnsserver", nameServer ?? `127.0.0.1:${dns}`], {
    ...quiet,
    // Without them it waits seconds between its steps and refuses some calls for exercise.
    env: { PATH: process.env.PATH ?? "", PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "0", ...habits },
  });
  const ask = (path: string) =>
    fetch(`https://127.0.0.1:${management}${path}`, { tls: { rejectUnauthorized: false }, keepalive: false });
  const root = await until("pebble", () =>
    ask("/roots/0").then(
      (answer) => answer.text(),
      () => undefined,
    ),
  );
  return {
    directory: `https://localhost:${listen}/dir`,
    authority: { directory: `https://localhost:${listen}/dir`, ca: certificate },
    caPath,
    root,
    end: async () => {
      for (const child of [authority, namesServer]) child.kill();
      await Promise.all([authority.exited, namesServer.exited]);
      await rm(room, { recursive: true });
    },
  };
}
