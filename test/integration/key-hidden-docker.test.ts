/** The instructor's key, looked for by whoever sits in a seat: as its learner, and as the root that she can't become. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join as path } from "node:path";
import { $ } from "bun";
import type { AgentAddress } from "../../agent/contract/running.ts";
import { startDockerWorld } from "../support/docker-world.ts";
import { canRunDocker } from "../support/dockerd.ts";
import { join, type Learner } from "../support/learner.ts";
import { until } from "../support/until.ts";
import { echoes, says, startUpstream, type TestUpstream } from "../support/upstream.ts";
import { runningWorkshop } from "../support/world.ts";

/** Made of two halves, so that looking for it leaves it nowhere. */
const [HALF, OTHER] = ["sk-ant-api03-HIDDEN", "-9f8e7d6c5b4a-3210"];
const KEY = HALF + OTHER;

if (!canRunDocker) {
  test.skip("the key is hidden from containers: needs root, dockerd and iptables", () => {});
} else {
  let upstream: TestUpstream;
  let world: Awaited<ReturnType<typeof startDockerWorld>>;
  let id: string;
  let learners: [Learner, Learner];
  let containers: string[];
  let directory: string;
  let agent: number;
  let imagesBefore: Set<string>;

  /** Both outputs of a shell line in the first seat's container; its root with all that the kernel has for one. */
  async function inSeat(user: "learner" | "root", line: string): Promise<string> {
    const script = `${ASIDE}\n${line}`;
    if (user === "learner") return asLearner(containers[0] ?? "", script);
    const target = (await docker("inspect", "-f", "{{.State.Pid}}", containers[0] ?? "")).trim();
    return (await $`nsenter -t ${target} -m -u -i -n -p -- bash -c ${script} 2>&1`.quiet().nothrow()).stdout.toString("latin1");
  }
  async function asLearner(container: string, script: string): Promise<string> {
    const owner = (await docker("exec", container, "stat", "-c", "%u:%g", "/workspace")).trim();
    return docker("exec", "-u", owner, container, "bash", "-c", script);
  }
  const docker = async (...argv: string[]): Promise<string> =>
    (await $`docker -H unix://${world.docker.socket} ${argv} 2>&1`.quiet().nothrow()).stdout.toString("latin1");
  const imagesNow = async () => new Set((await docker("images", "-q", "--no-trunc")).trim().split("\n"));
  /** What a learner's shell knows, in a shell that isn't hers. */
  const ASIDE = `while IFS= read -r -d '' one; do case $one in ANTHROPIC_*) export "$one";; esac; done < <(cat /proc/[0-9]*/environ 2>/dev/null)
key="${HALF}"; key="$key${OTHER}"`;

  beforeAll(async () => {
    upstream = startUpstream();
    world = await startDockerWorld({ CLARATEACH_LLM_URL: upstream.url });
    imagesBefore = await imagesNow();
    const running = await runningWorkshop(world, { seats: 2 });
    id = running.id;
    upstream.takeOnly(KEY);
    const put = await world.api(`/api/workshops/${id}/key`, { method: "PUT", json: { apiKey: KEY } });
    if (put.status !== 204) throw new Error(`the key was answered with ${put.status}`);
    learners = [
      await join(world, { code: running.code, name: "Mallory" }),
      await join(world, { code: running.code, name: "Vera" }),
    ];
    for (const learner of learners) await (await learner.terminal()).run("echo here-$((1+1))", "here-2");
    directory = path(world.data, "machines", `clarateach-${id}`);
    agent = (JSON.parse(readFileSync(path(directory, "agent.json"), "utf8")) as AgentAddress).pid;
    const all = await world.docker.docker.listContainers({});
    containers = all.filter(({ State }) => State === "running").map(({ Id }) => Id);
    await until("the key to be there", async () => (await world.api(`/api/workshops/${id}/llm`)).body.state === "ok");
  });
  afterAll(async () => {
    await world?.end();
    await upstream?.end();
  });

  const ASK = (more = "") =>
    `curl -s -m 30 -i "$ANTHROPIC_BASE_URL/v1/messages" -H "Authorization: Bearer \${TOKEN:-$ANTHROPIC_AUTH_TOKEN}" ${more} -d '{"model":"claude-haiku-4-5","stream":true}'`;

  test("asked through the relay the key goes up; in the seat it is in no environment, process, memory or file, for its root neither", async () => {
    upstream.behave(says("I am here."));
    for (const user of ["learner", "root"] as const) {
      expect(await inSeat(user, ASK())).toContain("I am here.");
      expect(upstream.got.at(-1)?.headers.get("x-api-key")).toBe(KEY);
      // Whatever file she reads, root reads too.
      const roots = user === "root" ? "/" : "/workspace /home /tmp /run";
      const found = await inSeat(user, `${inProcesses("$key")}; ${inFiles("$key", roots)}; env | grep -F -- "$key"; echo looked`);
      // The shell that looks has it in its own command line in two halves, and nowhere else.
      expect([user, found]).toEqual([user, "looked\n"]);
      // The same search finds what is there.
      const there = `own=ct-seat-; echo ct-seat- >/workspace/there; ${inProcesses("$own")}; ${inFiles("$own", "/workspace")}`;
      expect(await inSeat(user, there)).toMatch(/^\/proc\/\d+\/environ$[\s\S]*^\/workspace\/there$/m);
    }
    expect(await inSeat("root", `${inMemory(HALF, OTHER)}; echo looked`)).toBe("looked\n");
    expect(await inSeat("root", inMemory("ct-", "seat-"))).toContain("found in /proc/");
  });

  /** A shell's lines that name what of processes' files has this text, and what of the files of every disk. */
  const inProcesses = (text: string) =>
    `for file in /proc/[0-9]*/environ /proc/[0-9]*/cmdline /proc/[0-9]*/maps; do (tr '\\0' '\\n' <$file) 2>/dev/null | grep -Fq -- "${text}" && echo $file; done`;
  const inFiles = (text: string, roots: string) =>
    `grep -rFl --exclude-dir=proc --exclude-dir=sys -- "${text}" ${roots} 2>/dev/null`;

  /** The same for the memory of every other process. */
  const inMemory = (half: string, other: string) =>
    `for process in /proc/[0-9]*; do [ $process = /proc/$$ ] || perl -e '${SEARCH}' $process "${half}" "${other}" 2>/dev/null || [ $? != 7 ] || break; done`;
  const SEARCH = `my ($process, $text) = ($ARGV[0], $ARGV[1] . $ARGV[2]);
exit if $process eq "/proc/$$";
open my $memory, "<", "$process/mem" or exit;
open my $maps, "<", "$process/maps" or exit;
while (<$maps>) {
  /^([0-9a-f]+)-([0-9a-f]+) r/ or next;
  my ($at, $end, $tail) = (hex $1, hex $2, "");
  sysseek $memory, $at, 0 or next;
  while ($at < $end && sysread $memory, my $bytes, ($end - $at > 1048576 ? 1048576 : $end - $at)) {
    $at += length $bytes;
    if (index($tail . $bytes, $text) >= 0) { print "found in $process\\n"; exit 7 }
    $tail = substr $bytes, -100;
  }
}`;

  /** What of the key and of a file's name that it has is in an archive that Docker makes. */
  const searched = async (file: string, ...argv: string[]): Promise<string> =>
    $`docker -H unix://${world.docker.socket} ${argv} | LC_ALL=C grep -aoF -e ${KEY} -e ${file} | sort -u`.text();

  test("Docker knows nothing of it: no container, log, image or layer has it", async () => {
    const told = [await docker("inspect", ...containers), ...(await Promise.all(containers.map((one) => docker("logs", one))))];
    for (const text of told) expect(text).not.toContain(KEY);
    // Those of the seats, and whatever else was made since there is a key; what other tests left never met it.
    const ofSeats = (await docker("inspect", "-f", "{{.Image}}", ...containers)).trim().split("\n");
    const images = (await imagesNow()).difference(imagesBefore).union(new Set(ofSeats));
    // All in one archive, which has the layers that they share once; layers are saved as plain archives.
    expect(await searched("manifest.json", "save", ...images)).toBe("manifest.json\n");
    // What a container has beyond its image, to which nobody in it writes.
    for (const one of containers) {
      const told = await docker("inspect", "-f", "{{.HostConfig.ReadonlyRootfs}} {{.GraphDriver.Data.UpperDir}}", one);
      const [isReadOnly, upper = ""] = told.trim().split(" ");
      expect([isReadOnly, filesWith(upper, KEY)]).toEqual(["true", []]);
    }
  });

  test("the machine has it in its agent's memory alone: in no log, document, file, environment, and in no core of a crash", async () => {
    expect(filesWith(directory, KEY)).toEqual([]);
    expect(filesWith("/run/clarateach", KEY)).toEqual([]);
    for (const file of ["environ", "cmdline"]) expect(readFileSync(`/proc/${agent}/${file}`, "latin1")).not.toContain(KEY);
    // What a core would hold of its memory.
    expect(readFileSync(`/proc/${agent}/coredump_filter`, "utf8")).toBe("00000000\n");
  });

  test("no address of the machine's that a seat can reach tells it: not the machine's plane, not a cloud's metadata", async () => {
    const { plane, public: open } = JSON.parse(readFileSync(path(directory, "agent.json"), "utf8")) as AgentAddress;
    const addresses = [`https://${world.docker.address}:${plane.port}/v1/report`, `http://${world.docker.address}:${open.port}/`];
    const asked = [...addresses, "http://169.254.169.254/computeMetadata/v1/?recursive=true"].flatMap((address) =>
      (["learner", "root"] as const).map((user) =>
        inSeat(user, `curl -sk -m 3 -H 'Metadata-Flavor: Google' ${address}; echo "code $?"`),
      ),
    );
    for (const said of await Promise.all(asked)) expect(said).toMatch(/^code (7|28)\n$/);
  });

  const MORE = ["", "-H 'Accept-Encoding: gzip, br'", "-H 'anthropic-beta: x'"];
  const NEXT = "----next answer----";

  test("an upstream that sends back every header it got gives it away in no answer, whatever its status", async () => {
    for (const status of [200, 400, 401, 404, 429, 500, 529]) {
      upstream.behave(echoes(status));
      const answers = (await inSeat("learner", MORE.map((more) => `${ASK(more)}; echo; echo ${NEXT}`).join("\n"))).split(NEXT);
      for (const answer of answers.slice(0, MORE.length)) {
        expect(answer.trimStart()).toStartWith("HTTP/1.1 ");
        expect(answer).not.toContain(KEY);
      }
      expect(answers).toHaveLength(MORE.length + 1);
    }
    expect(JSON.stringify((await world.api(`/api/workshops/${id}/llm`)).body)).not.toContain(KEY);
    expect(JSON.stringify((await learners[0].get("/session")).body)).not.toContain(KEY);
    upstream.behave(says("I am here."));
    await inSeat("learner", ASK());
  });

  test("a token is worth nothing elsewhere: not in another seat, not from the machine, not after the end", async () => {
    const own = (await inSeat("learner", 'echo "$ANTHROPIC_AUTH_TOKEN"')).trim();
    expect(own).toStartWith("ct-seat-");
    const other = await asLearner(containers[1] ?? "", `${ASIDE}\nTOKEN=${own}; ${ASK()}`);
    expect(other).toStartWith("HTTP/1.1 401 ");
    const before = upstream.got.length;
    const { plane, public: open } = JSON.parse(readFileSync(path(directory, "agent.json"), "utf8")) as AgentAddress;
    for (const address of [`https://127.0.0.1:${plane.port}`, `http://127.0.0.1:${open.port}`, "http://127.0.0.1:52"]) {
      const init = {
        method: "POST",
        headers: { authorization: `Bearer ${own}` },
        body: '{"model":"m"}',
        tls: { rejectUnauthorized: false },
      };
      const answer = await fetch(`${address}/v1/messages`, init as RequestInit).catch(() => undefined);
      expect(answer?.ok ?? false).toBe(false);
    }
    expect(upstream.got.length).toBe(before);
    // A shell that waits for the end and asks then.
    await inSeat(
      "learner",
      `nohup bash -c 'while :; do ${ASK().replaceAll("'", `'"'"'`)} | head -1 >>/workspace/asked; done' >/dev/null 2>&1 &`,
    );
    await until("it to be answered", () => upstream.got.length > before + 3);
    await world.api(`/api/workshops/${id}/stop`, { method: "POST" });
    const after = upstream.got.length;
    const answer = await fetch("http://127.0.0.1:52/v1/messages", {
      method: "POST",
      headers: { authorization: `Bearer ${own}` },
    }).catch(() => "nobody");
    expect(answer).toBe("nobody");
    expect(upstream.got.length).toBe(after);
  });

  /** Regular files below a directory that hold this text; seats' disks are searched in the seats. */
  function filesWith(root: string, text: string): string[] {
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith(".img"))
      .map(({ parentPath, name }) => path(parentPath, name))
      .filter((file) => {
        try {
          return readFileSync(file, "latin1").includes(text);
        } catch {
          // It went meanwhile.
          return false;
        }
      });
  }
}
