import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openssl } from "../signed.ts";
import { until } from "../until.ts";
import { collect } from "../world.ts";
import type { Outward } from "./connect-proxy.ts";
import type { HoldingWish } from "./holding-proxy.ts";
import type { RelayWish } from "./relay.ts";

/** A program of this directory that carries learners' bytes. */
export interface Way {
  /** What it printed, line by line. */
  said(): string[];
  end(): Promise<void>;
}

/** The far end of a line, from which it goes on to a server. */
export const openRelay = (wish: RelayWish): Promise<Way> => start("relay", wish);

/** Lets out by CONNECT alone, to port 443 alone. @returns where it is, too */
export async function openConnectProxy(wish: Outward): Promise<Way & { port: number }> {
  const way = await start("connect-proxy", wish);
  return { ...way, port: Number(way.said()[0]) };
}

/** Opens TLS and holds back what servers answer. @param host its certificate is for this one and all below it @returns who signed that (PEM), too */
export async function openHoldingProxy(
  host: string,
  wish: Omit<HoldingWish, "key" | "cert">,
): Promise<Way & { port: number; root: string }> {
  const { root, ...pair } = await certificateOf(host);
  const way = await start("holding-proxy", { ...wish, ...pair });
  return { ...way, port: Number(way.said()[0]), root };
}

async function start(program: string, wish: object): Promise<Way> {
  const argv = [process.execPath, join(import.meta.dir, `${program}.ts`), JSON.stringify(wish)];
  const child = Bun.spawn(argv, { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  let printed = "";
  void collect(child.stdout, (text) => (printed += text));
  const said = () => printed.split("\n").slice(0, -1);
  await until(`the ${program}`, () => {
    if (child.exitCode !== null) throw new Error(`the ${program} ended with ${child.exitCode}`);
    return said().length > 0;
  });
  return {
    said,
    end: async () => {
      child.kill();
      await child.exited;
    },
  };
}

async function certificateOf(host: string): Promise<{ key: string; cert: string; root: string }> {
  const room = await mkdtemp(join(tmpdir(), "ct-signed-"));
  const at = (name: string) => join(room, name);
  const make = (name: string, ...more: string[]) =>
    openssl(
      ...[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        `/CN=${name}`,
      ],
      ...["-keyout", at(`${name}.key`), "-out", at(`${name}.pem`), ...more],
    );
  await make("root");
  const names = `subjectAltName=DNS:${host},DNS:*.${host}`;
  await make("proxy", "-CA", at("root.pem"), "-CAkey", at("root.key"), "-addext", names, "-addext", "basicConstraints=CA:FALSE");
  const [key, cert, root] = await Promise.all(["proxy.key", "proxy.pem", "root.pem"].map((name) => readFile(at(name), "utf8")));
  await rm(room, { recursive: true });
  return { key, cert, root } as { key: string; cert: string; root: string };
}
