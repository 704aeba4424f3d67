import { $ } from "bun";
import { bridgeOf } from "../../agent/seats/docker/names.ts";
import type { Range } from "../../agent/seats/docker/network/addresses.ts";
import { connectSeat, makeBridge, removeBridge, removeCable } from "../../agent/seats/docker/network/network.ts";

/** A network as a seat has it, without a container: programs of whatever user run in it. Needs root. */
export interface WalledNetwork {
  /** The namespace's file. */
  network: string;
  remove(): Promise<void>;
}

export async function walledNetwork(machine: string, seat: number, block: Range): Promise<WalledNetwork> {
  const name = bridgeOf(machine, seat);
  await $`ip netns add ${name}`.quiet();
  const network = `/var/run/netns/${name}`;
  await $`nsenter --net=${network} ip link set lo up`.quiet();
  await makeBridge(machine, seat, block);
  await connectSeat(machine, seat, block, network);
  return {
    network,
    async remove() {
      await removeCable(machine, seat);
      await removeBridge(machine, seat);
      await $`ip netns del ${name}`.quiet().nothrow();
    },
  };
}

/** What doesn't answer within it is silent: whatever is let through answers in a millisecond. */
const SILENCE_SECONDS = 2;

export interface Echo {
  stop(): Promise<void>;
}

/** Answers each datagram, and each line of a connection, with `said`. @param network missing: this computer's @param uid as whom */
export async function echo(at: { network?: string; uid?: number; port: number; said: string }): Promise<Echo> {
  const child = Bun.spawn(inNetwork(at.network, at.uid, ECHO, [String(at.port), at.said]), { stdout: "pipe", stderr: "inherit" });
  const { value } = await child.stdout.getReader().read();
  if (!value) throw new Error(`nothing answers on port ${at.port}`);
  return {
    async stop() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

export interface Question {
  network?: string;
  uid?: number;
  /** Address and port that it comes from. */
  from?: [address: string, port: number];
  to: [address: string, port: number];
  by?: "udp" | "tcp";
}

/** What it is answered; `silence`, or why it couldn't be asked. */
export async function ask({ network, uid, from = ["0.0.0.0", 0], to, by = "udp" }: Question): Promise<string> {
  const words = [by, from[0], String(from[1]), to[0], String(to[1]), String(SILENCE_SECONDS)];
  const child = Bun.spawn(inNetwork(network, uid, ASK, words), { stdout: "pipe", stderr: "inherit" });
  return (await new Response(child.stdout).text()).trim();
}

/** A caller that asks again and again by the same way, as a viewer does. */
export interface Caller {
  again(): Promise<string>;
  stop(): void;
}

export function caller({ network, from = ["0.0.0.0", 0], to }: Question): Caller {
  const words = [from[0], String(from[1]), to[0], String(to[1]), String(SILENCE_SECONDS)];
  const child = Bun.spawn(inNetwork(network, undefined, CALL, words), { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const reader = child.stdout.getReader();
  let said = "";
  return {
    async again() {
      child.stdin.write("\n");
      await child.stdin.flush();
      // A line may come in two pieces.
      while (!said.includes("\n")) {
        const { done, value } = await reader.read();
        if (done) break;
        said += Buffer.from(value).toString();
      }
      const [line = ""] = said.split("\n");
      said = said.slice(line.length + 1);
      return line;
    },
    stop: () => void child.kill("SIGKILL"),
  };
}

/** Debian's: one of this checkout's owner may be nobody else's. */
const PYTHON = "/usr/bin/python3";

function inNetwork(network: string | undefined, uid: number | undefined, program: string, words: readonly string[]): string[] {
  const enter = network === undefined ? [] : ["nsenter", `--net=${network}`];
  const become = uid === undefined ? [] : [`--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
  // With the test, however that ends.
  return [...enter, "setpriv", "--pdeathsig=KILL", ...become, PYTHON, "-uc", program, ...words];
}

const ECHO = `import socket,sys,threading
port,said=int(sys.argv[1]),sys.argv[2].encode()
t=socket.socket(); t.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1); t.bind(("0.0.0.0",port)); t.listen(8)
u=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); u.bind(("0.0.0.0",port))
def serve():
  while True:
    c,_=t.accept(); c.sendall(said); c.close()
threading.Thread(target=serve,daemon=True).start()
print("ready")
while True:
  _,who=u.recvfrom(100)
  try: u.sendto(said,who)
  except OSError: pass`;

const ASK = `import socket,sys
by,host,port,to,at,limit=sys.argv[1:]
s=socket.socket(socket.AF_INET,socket.SOCK_STREAM if by=="tcp" else socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1); s.settimeout(float(limit)); s.bind((host,int(port)))
try:
  s.connect((to,int(at)))
  if by=="udp": s.send(b"?")
  print(s.recv(100).decode())
except TimeoutError: print("silence")
except OSError as e: print("silence" if e.errno in (1,111,113) else e)`;

const CALL = `import socket,sys
host,port,to,at,limit=sys.argv[1:]
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.settimeout(float(limit)); s.bind((host,int(port))); s.connect((to,int(at)))
for _ in sys.stdin:
  try: s.send(b"?"); print(s.recv(100).decode())
  except OSError: print("silence")`;
