import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import { RELAY_PORT } from "../../../../../agent/contract/llm.ts";
import { CDP_PORT } from "../../../../../agent/seats/docker/names.ts";
import { rangeOf } from "../../../../../agent/seats/docker/network/addresses.ts";
import { removeFirewall } from "../../../../../agent/seats/docker/network/firewall.ts";
import { chainOf } from "../../../../../agent/seats/docker/network/firewall-rules.ts";
import { Wall } from "../../../../../agent/seats/docker/network/wall.ts";
import type { DockerSettings, Outbound } from "../../../../../agent/seats/docker/settings.ts";
import { type DockerSeats, dockerSeats } from "../../../../support/docker-seats.ts";
import { canRunDocker, type PrivateDocker, smallSeats, startDocker } from "../../../../support/dockerd.ts";
import { type Outside, startOutside } from "../../../../support/outside.ts";
import { until } from "../../../../support/until.ts";

/** Where clouds answer whoever asks with credentials: AWS, Google and others; Azure; Alibaba; Oracle. */
const CREDENTIALS = ["169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192"];
/** Neighbours' of one kind or another. */
const NEIGHBOURS = ["100.64.0.7", "198.18.0.7", "172.30.0.7"];
/** More than a seat gets in this test's time; without the limits the same flood takes 7,000. */
const TRACKED_LIMIT = 3000;
/** Connections that a program begins within a second or two; 300 and 100 more a second pass. */
const FLOOD = 20_000;

/** What is dropped never answers; whatever is let through answers in a millisecond, and has the test's time. */
const SILENCE_SECONDS = 3;
type Get = (url: string, limitSeconds?: number) => Promise<string>;

describe.skipIf(!canRunDocker)("where a seat may go (needs root, dockerd, iptables)", () => {
  let docker: PrivateDocker;
  let outside: Outside;
  beforeAll(async () => {
    docker = await startDocker();
    outside = await startOutside([...CREDENTIALS, ...NEIGHBOURS]);
  });
  afterAll(async () => {
    await outside?.stop();
    await docker?.stop();
  });

  async function withSeat(
    outbound: Outbound,
    more: object,
    check: (tried: { get: Get; getsNothing: (...urls: string[]) => Promise<void> }, seats: DockerSeats) => Promise<void>,
  ) {
    const settings = { ...smallSeats(docker), outbound, ...more };
    const seats = await dockerSeats([1], { settings, upstream: outside.upstream });
    try {
      const get = async (url: string, limitSeconds = 60) =>
        (await seats.sh(1, `curl -sS -m ${limitSeconds} ${url}`)).stdout.trim();
      const getsNothing = async (...urls: string[]) => {
        const found = await Promise.all(urls.map(async (url) => [url, await get(url, SILENCE_SECONDS)]));
        expect(found).toEqual(urls.map((url) => [url, TIMED_OUT]));
      };
      await check({ get, getsNothing }, seats);
    } finally {
      await seats.remove();
    }
  }

  test("open: the world by name and address", async () => {
    await withSeat({ policy: "open" }, {}, async ({ get }, seats) => {
      expect(await get("http://allowed.test/")).toBe("outside");
      expect(await get("http://198.51.100.11/")).toBe("outside");
      expect((await seats.sh(1, "getent ahostsv6 allowed.test")).stdout).not.toMatch(/^[0-9a-f]*:/m);
      expect(await get("http://nowhere.test/")).toContain("Could not resolve");
    });
  });

  test("addresses where clouds give credentials: never, also in a network that is allowed; private ones where they are", async () => {
    const allow = ["169.254.0.0/16", "168.63.129.0/24", "100.64.0.0/10", "192.0.0.0/16", "198.18.0.0/15"];
    await withSeat({ policy: "open" }, { allow }, async ({ get, getsNothing }) => {
      await getsNothing(...CREDENTIALS.map((address) => `http://${address}/`));
      for (const address of ["100.64.0.7", "198.18.0.7"]) expect(await get(`http://${address}/`)).toBe("outside");
    });
    await withSeat({ policy: "open" }, {}, async ({ getsNothing }) => {
      await getsNothing(...[...CREDENTIALS, ...NEIGHBOURS].map((address) => `http://${address}/`));
    });
  });

  test("however a seat opens connections, the machine tracks a bounded number of them", async () => {
    await withSeat({ policy: "open" }, {}, async ({ get }, seats) => {
      const address = (await seats.sh(1, "hostname -I")).stdout.trim();
      const tracked = async () => (await readFile("/proc/net/nf_conntrack", "utf8")).split(`src=${address} `).length - 1;
      // Looked at all the while: what is tracked is forgotten after half a minute, and on a busy machine the floods take longer.
      let said: string | undefined;
      void seats.sh(1, `python3 -c '${FLOODS}'`).then(({ stdout }) => {
        said = stdout;
      });
      let most = 0;
      await until("the floods to be over", async () => {
        most = Math.max(most, await tracked());
        return said !== undefined;
      });
      expect(said).toBe("");
      expect(most).toBeGreaterThan(500);
      expect(most).toBeLessThan(TRACKED_LIMIT);
      // Its allowance comes back by itself.
      await until(
        "the seat to reach the world again",
        async () => (await get("http://198.51.100.11/", SILENCE_SECONDS)) === "outside",
      );
    });
  });

  test("names of the machine's own network, as clouds give them, are none, and nobody is asked for them", async () => {
    const names = ["metadata.google.internal", "teach.c.project.internal", "internal", "METADATA.Internal"];
    await withSeat({ policy: "open" }, {}, async (_tried, seats) => {
      outside.asked.length = 0;
      for (const name of names) expect([name, (await seats.sh(1, codeOf(name))).stdout.trim()]).toEqual([name, "3"]);
      expect(outside.asked).toEqual([]);
      await seats.sh(1, codeOf("internal.test"));
      expect(outside.asked).toEqual(["internal.test"]);
    });
  });

  test("none: no name, no address, and no question leaves", async () => {
    await withSeat({ policy: "none" }, {}, async ({ get, getsNothing }, seats) => {
      outside.asked.length = 0;
      expect(await get("http://allowed.test/")).toContain("Could not resolve");
      await getsNothing("http://198.51.100.10/");
      // Docker's own name server, which asks whomever the machine asks, is in networks that Docker makes.
      expect((await seats.sh(1, ASK_DOCKERS)).stdout).toMatch(/timed out|refused/);
      expect(outside.asked).toEqual([]);
    });
  });

  test("a list of names: these, those below a dotted one, and nothing else; not by address before they are asked for", async () => {
    await withSeat({ policy: "names", names: ["allowed.test"] }, {}, async ({ get, getsNothing }) => {
      await getsNothing("http://198.51.100.10/");
      expect(await get("http://allowed.test/")).toBe("outside");
      expect(await get("http://198.51.100.10/")).toBe("outside");
      expect(await get("http://deep.allowed.test/")).toContain("Could not resolve");
      expect(await get("http://other.test/")).toContain("Could not resolve");
      await getsNothing("http://198.51.100.11/");
    });
    await withSeat({ policy: "names", names: [".allowed.test"] }, {}, async ({ get }) => {
      expect(await get("http://deep.allowed.test/")).toBe("outside");
      expect(await get("http://allowed.test/")).toBe("outside");
    });
  });

  test("the firewall over its life: what was let through stays so when somebody flushes it, by the same list; hooks that stand twice go both", async () => {
    const machine = `clarateach-ws-${Bun.randomUUIDv7().slice(-6)}`;
    const named = (names: string[]): DockerSettings => ({ ...smallSeats(docker), outbound: { policy: "names", names } });
    const block = async () => rangeOf("10.222.255.0/26");
    const wall = new Wall(machine, named(["allowed.test"]), block);
    const saved = () => $`iptables-save`.text();
    try {
      await wall.raise();
      await wall.admit(1, "198.51.100.10");
      const stood = rulesOf(machine, await saved());
      expect(stood.join("\n")).toContain("-d 198.51.100.10/32");
      for (const table of ["mangle", "filter", "nat"]) await $`iptables -t ${table} -F ${chainOf(machine)}`;
      await wall.mend();
      expect(rulesOf(machine, await saved())).toEqual(stood);
      // An agent that starts again knows them; with another list it begins anew.
      await new Wall(machine, named(["allowed.test"]), block).raise();
      expect(rulesOf(machine, await saved())).toEqual(stood);
      await new Wall(machine, named(["other.test"]), block).raise();
      expect(await saved()).not.toContain("198.51.100.10");
      await $`iptables -t nat -I POSTROUTING -j ${chainOf(machine)}`;
    } finally {
      await removeFirewall(machine);
    }
    expect(await saved()).not.toContain(chainOf(machine));
  });

  test("a learner asks for names over one connection as fast as it takes them: the agent asks one at a time", async () => {
    await withSeat({ policy: "open" }, {}, async (_tried, seats) => {
      let [open, most] = [0, 0];
      const slow = Bun.listen({
        ...{ hostname: "127.0.0.1", port: 0 },
        socket: {
          open() {
            most = Math.max(most, ++open);
          },
          close() {
            open--;
          },
          data() {},
        },
      });
      outside.servers = [{ address: "127.0.0.1", port: slow.port }];
      const flood = `import socket
s=socket.create_connection(("127.0.0.1",53)); s.settimeout(3)
q=b"\\x12\\x34\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x07allowed\\x04test\\x00\\x00\\x01\\x00\\x01"
try:
  for i in range(800): s.sendall(len(q).to_bytes(2,"big")+q)
  s.recv(100)
except OSError as e: print(e)`;
      await seats.sh(1, `python3 -c '${flood}'`);
      outside.servers = undefined;
      slow.stop(true);
      expect(most).toBe(1);
    });
  });

  test("a learner connects to the agent's listeners in her seat as fast as she can: the kernel lets few through", async () => {
    await withSeat({ policy: "open" }, {}, async (_tried, seats) => {
      const seat = await seats.seat(1);
      for (const port of [RELAY_PORT, CDP_PORT]) {
        let arrived = 0;
        const listener = seat.listen?.(port, { open: () => void arrived++, data() {} });
        const flood = `import socket
for i in range(${FLOOD}):
  s=socket.socket(); s.setblocking(False); s.connect_ex(("127.0.0.1",${port})); s.close()`;
        await seats.sh(1, `python3 -c '${flood}'`);
        listener?.stop(true);
        expect(arrived).toBeGreaterThan(0);
        expect(arrived).toBeLessThan(FLOOD / 4);
      }
    });
  });

  test("two workshops on one machine: neither reaches the other, and the end of one is no end of the other", async () => {
    const settings = smallSeats(docker);
    const [one, other] = await Promise.all([1, 1].map((seat) => dockerSeats([seat], { settings, upstream: outside.upstream })));
    if (!one || !other) throw new Error("two were asked for");
    try {
      const address = (await other.sh(1, "hostname -I")).stdout.trim();
      await (await other.seat(1)).spawn(["nc", "-lk", "0.0.0.0", "8000"]);
      expect((await other.sh(1, "for i in $(seq 600); do nc -z 127.0.0.1 8000 && exit; sleep 0.1; done; exit 1")).code).toBe(0);
      expect(address).toMatch(/^10\.222\./);
      expect((await one.sh(1, `nc -z -w 2 ${address} 8000`)).code).not.toBe(0);
      await one.remove();
      expect((await other.sh(1, "curl -sS -m 60 http://allowed.test/")).stdout.trim()).toBe("outside");
      expect((await other.manager.runtime.leftovers()).processes).toBeGreaterThan(2);
    } finally {
      await one.remove();
      await other.remove();
    }
  });

  test("a given certificate is trusted by curl, Node, Python and git, and only with it", async () => {
    const directory = mkdtempSync(join(tmpdir(), "ct-ca-"));
    const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
    await $`openssl req -x509 -newkey rsa:2048 -nodes -keyout ${key} -out ${cert} -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost`.quiet();
    const serve = `node -e 'require("https").createServer({key:${JSON.stringify(readFileSync(key, "utf8"))},cert:${JSON.stringify(readFileSync(cert, "utf8"))}},(q,r)=>r.end("trusted")).listen(8443)'`;
    const clients = {
      curl: "curl -sS https://localhost:8443/",
      node: `node -e 'require("https").get("https://localhost:8443/",(r)=>r.pipe(process.stdout)).on("error",(e)=>console.log(e.code))'`,
      python: `python3 -c 'import urllib.request as u; print(u.urlopen("https://localhost:8443/").read().decode())'`,
      git: "git ls-remote https://localhost:8443/x",
    };
    const tryAll = async (seats: DockerSeats) => {
      const handle = await seats.seat(1);
      await handle.spawn(["bash", "-c", serve]);
      await seats.sh(1, "for i in $(seq 600); do nc -z localhost 8443 && break; sleep 0.1; done");
      const said: Record<string, boolean> = {};
      for (const [name, line] of Object.entries(clients)) {
        const { stdout } = await seats.sh(1, line);
        said[name] = name === "git" ? !/certificate|SSL/i.test(stdout) : stdout.includes("trusted");
      }
      return said;
    };
    await withSeat({ policy: "open" }, { trustedCa: cert }, async (_tried, seats) => {
      expect(await tryAll(seats)).toEqual({ curl: true, node: true, python: true, git: true });
    });
    await withSeat({ policy: "open" }, {}, async (_tried, seats) => {
      expect(await tryAll(seats)).toEqual({ curl: false, node: false, python: false, git: false });
    });
    rmSync(directory, { recursive: true });
  });
});

const rulesOf = (machine: string, saved: string): string[] =>
  saved.split("\n").filter((line) => line.includes(chainOf(machine)) && line.startsWith("-A"));

const TIMED_OUT = expect.stringMatching(/timed out|Timeout/);

/** By UDP to nobody and by TCP to a server, closed at once, with pauses in between in which a limit may forget. */
const FLOODS = `import socket,time
u=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)
for turn in range(6):
  for port in range(1500):
    try: u.sendto(b"x",("198.51.100.10",2000+1500*turn+port))
    except OSError: pass
  for i in range(200):
    try: socket.create_connection(("198.51.100.10",80),0.005).close()
    except OSError: pass
  time.sleep(2.5)`;

/** Prints the code of the answer to a question for `name`. */
const codeOf = (name: string) => `python3 -c '
import socket
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.settimeout(60)
q=b"\\x12\\x34\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00"+b"".join(bytes([len(l)])+l.encode() for l in "${name}".split("."))+b"\\x00\\x00\\x01\\x00\\x01"
s.sendto(q,("127.0.0.1",53)); print(s.recv(512)[3]&15)'`;

const ASK_DOCKERS = `python3 -c '
import socket
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.settimeout(3)
s.sendto(b"\\x12\\x34\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x07allowed\\x04test\\x00\\x00\\x01\\x00\\x01",("127.0.0.11",53))
try:
  a=s.recv(512); print(".".join(map(str,a[-4:])))
except OSError as e: print(e)'`;
