/** What tests believe of a learner's network: what is to be lost, late, cut or refused there is. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { receiveIn } from "../../../agent/seats/docker/network/netns.ts";
import { sh } from "../sh.ts";
import { until } from "../until.ts";
import { Delayed, type End } from "./delayed.ts";
import { canHaveNetworks, type Network, openNetwork } from "./network.ts";
import { openConnectProxy, openHoldingProxy, openRelay, type Way } from "./ways.ts";

const HOST = "127.0.0.1";
const SHAPING = "tc -s qdisc show dev line";

describe("one direction of a connection", () => {
  const told: string[] = [];
  let room = 1000;
  const end: End = {
    write: (bytes) => {
      const taken = Math.min(room, bytes.length);
      told.push(Buffer.from(bytes.subarray(0, taken)).toString());
      return taken;
    },
    end: () => void told.push("end"),
    pause: () => {},
    resume: () => {},
  };

  test("what was sent arrives in order, its end last, and not before its time", async () => {
    const began = performance.now();
    const way = new Delayed(end, end, 30);
    for (const piece of ["one ", "two "]) way.take(Buffer.from(piece));
    way.over();
    expect(told).toEqual([]);
    await until("the end", () => told.at(-1) === "end");
    expect(performance.now() - began).toBeGreaterThanOrEqual(30);
    expect(told.splice(0)).toEqual(["one ", "two ", "end"]);
  });

  test("a receiver that takes no more gets the rest when it takes more", () => {
    room = 3;
    const way = new Delayed(end, end, 0);
    way.take(Buffer.from("abcdef"));
    expect(told.splice(0)).toEqual(["abc"]);
    way.flush();
    expect(told.splice(0)).toEqual(["def"]);
  });
});

describe("proxies", () => {
  const ways: Way[] = [];
  const certificate = { key: "", cert: "" };
  let go = Promise.withResolvers<void>();
  let server: Bun.Server<undefined>;
  let to: { hostname: string; port: number };

  beforeAll(async () => {
    const made = await sh(
      ..."openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout - -subj /CN=own".split(" "),
    );
    certificate.key = made.out.slice(0, made.out.indexOf("-----BEGIN CERTIFICATE"));
    certificate.cert = made.out.slice(certificate.key.length);
    server = Bun.serve({
      ...{ hostname: HOST, port: 0, tls: certificate },
      fetch: (request, server) => {
        if (server.upgrade(request)) return undefined;
        return new Response(words() as unknown as BodyInit, { headers: { "x-said": request.headers.get("x-asked") ?? "" } });
      },
      websocket: { message: (socket, message) => void socket.send(message) },
    });
    to = { hostname: HOST, port: server.port ?? 0 };
  });
  afterAll(async () => {
    for (const way of ways) await way.end();
    await server?.stop(true);
  });

  async function* words(): AsyncGenerator<string> {
    yield "first";
    await go.promise;
    yield " last";
  }

  test("CONNECT leads to port 443 of its names alone, and nothing else leads out", async () => {
    const proxy = await openConnectProxy({ host: "class.test", to });
    ways.push(proxy);
    go.resolve();
    const ask = (url: string) =>
      sh("curl", "-sk", "-o", "/dev/null", "-w", "%{http_connect}", "-x", `http://${HOST}:${proxy.port}`, url);
    expect((await ask("https://ws-1.class.test/")).out).toBe("200");
    expect((await ask("https://class.test:8443/")).out).toBe("403");
    expect((await ask("https://elsewhere.test/")).out).toBe("502");
    expect((await sh("curl", "-s", "-x", `http://${HOST}:${proxy.port}`, "-w", "%{http_code}", "http://class.test/")).out).toBe(
      "403",
    );
  });

  test("an answer is held until it is over, or long; sockets pass as they come", async () => {
    const proxy = await openHoldingProxy("class.test", { to, holdBytes: 1000 });
    ways.push(proxy);
    const at = (path: string) => `https://${HOST}:${proxy.port}${path}`;
    const asked = { headers: { host: "class.test", "x-asked": "this" }, tls: { ca: proxy.root, serverName: "class.test" } };
    go = Promise.withResolvers();
    let came = false;
    const answer = fetch(at("/"), asked as RequestInit).finally(() => (came = true));
    const socket = new WebSocket(at("/").replace("https", "wss"), asked as never);
    const echo = Promise.withResolvers<string>();
    socket.onmessage = ({ data }) => echo.resolve(String(data));
    socket.onopen = () => socket.send("through");
    expect(await echo.promise).toBe("through");
    expect(came).toBe(false);
    go.resolve();
    expect([(await answer).headers.get("x-said"), await (await answer).text()]).toEqual(["this", "first last"]);
    socket.close();
  });
});

describe.skipIf(!canHaveNetworks)("a line (needs root, ip, tc, iptables)", () => {
  const networks: Network[] = [];
  const ways: Way[] = [];
  afterAll(async () => {
    for (const each of [...ways, ...networks]) await each.end();
  });

  const open = async (...wish: Parameters<typeof openNetwork>) => {
    const network = await openNetwork(...wish);
    networks.push(network);
    return network;
  };
  /** Runs a line of bash on the learner's computer; `$EDGE` is the address that she reaches. */
  const bash = (network: Network, line: string) => sh(network.program("/bin/bash"), "-c", `EDGE=${network.address}; ${line}`);

  async function datagrams(network: Network): Promise<{ came: () => number; send(count: number): Promise<void> }> {
    let count = 0;
    const socket = await receiveIn(
      network.edge,
      { hostname: "0.0.0.0", port: 53 },
      {
        data: (socket, message, port, address) => {
          count++;
          socket.send(message, port, address);
        },
      },
    );
    ways.push({ said: () => [], end: async () => socket.close() });
    const send = async (many: number) => {
      await bash(network, `exec 3>/dev/udp/$EDGE/53; for i in {1..${many}}; do echo $i >&3; done`);
    };
    return { came: () => count, send };
  }

  test("without conditions UDP passes, and the edge is all that is reached", async () => {
    const network = await open();
    const { came, send } = await datagrams(network);
    await send(1);
    await until("the datagram", () => came() === 1);
    expect((await bash(network, "ip route")).out.trim()).toMatch(/^198\.19\.0\.0\/30 dev line [^\n]*$/);
  });

  test("what is to be lost is lost: a protocol whole, or a part of all packets", async () => {
    const [without, lossy] = [await open({ without: "udp" }), await open({ loss: 0.5 })];
    const [none, some] = [await datagrams(without), await datagrams(lossy)];
    await none.send(20);
    await until("a part of them", async () => {
      await some.send(100);
      return some.came() > 0;
    });
    expect(none.came()).toBe(0);
    for (const chain of ["INPUT", "OUTPUT"]) expect(await dropped(lossy, chain)).toBeGreaterThan(0);
  });

  test("a narrow line makes packets wait, each way, until it gets another rate", async () => {
    const network = await open({ rate: "1mbit" });
    await serve(network, (request) => request.blob().then((body) => new Response(body)));
    const { out } = await bash(network, "head -c 100000 /dev/zero | curl -s --data-binary @- http://$EDGE/ | wc -c");
    expect(out).toBe("100000\n");
    const lines = [(await bash(network, SHAPING)).out, (await sh("nsenter", `--net=${network.edge}`, "sh", "-c", SHAPING)).out];
    for (const each of lines) expect(Number(/overlimits (\d+)/.exec(each)?.[1])).toBeGreaterThan(0);
    await network.pace("2mbit");
    expect((await bash(network, SHAPING)).out).toContain("rate 2Mbit");
    await network.pace(undefined);
    expect((await bash(network, SHAPING)).out).not.toContain("tbf");
  });

  test("a far edge answers a round trip later, and the first time two", async () => {
    const network = await open();
    await serve(network, () => new Response("here"), { roundTripMs: 100 });
    const { out } = await bash(network, "curl -s -o /dev/null -w '%{time_starttransfer}' http://$EDGE/");
    expect(Number(out)).toBeGreaterThanOrEqual(0.2);
  });

  test("who is silent is cut, who says something now and then isn't", async () => {
    const network = await open();
    const relay = await serve(network, () => new Response("here"), { idleMs: 2000 });
    const silent = bash(network, "exec 3<>/dev/tcp/$EDGE/80; cat <&3");
    const ask = (more: string) => `printf 'GET / HTTP/1.1\\r\\nHost: here\\r\\n${more}\\r\\n' >&3`;
    const talk = `for i in 1 2 3 4 5; do sleep 0.5; ${ask("")}; done; ${ask("Connection: close\\r\\n")}; cat <&3`;
    const talked = await bash(network, `exec 3<>/dev/tcp/$EDGE/80; ${talk}`);
    expect(talked.out.match(/200 OK/g)?.length).toBe(6);
    expect((await silent).out).toBe("");
    expect(relay.said().filter((line) => line === "cut")).toEqual(["cut"]);
  });

  /** A web server behind the edge's port 80. */
  async function serve(
    network: Network,
    fetch: (request: Request) => Response | Promise<Response>,
    more: { roundTripMs?: number; idleMs?: number } = {},
  ): Promise<Way> {
    const server = Bun.serve({ hostname: HOST, port: 0, fetch });
    const relay = await openRelay({ edge: network.edge, port: 80, to: { hostname: HOST, port: server.port ?? 0 }, ...more });
    ways.push(relay, { said: () => [], end: () => server.stop(true) });
    return relay;
  }

  /** Packets that a rule of the learner's computer took. */
  async function dropped(network: Network, chain: string): Promise<number> {
    const { out } = await bash(network, `iptables -nvxL ${chain}`);
    return Number(/^\s*(\d+)\s+\d+ DROP/m.exec(out)?.[1]);
  }
});
