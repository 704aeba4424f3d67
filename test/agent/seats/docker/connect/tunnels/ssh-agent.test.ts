import { heapStats } from "bun:jsc";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $, type Socket } from "bun";
import { MESSAGE_LIMIT, Messages } from "../../../../../../agent/seats/docker/connect/tunnels/agent-messages.ts";
import { QUESTION_MS } from "../../../../../../agent/seats/docker/connect/tunnels/asking.ts";
import { QUESTIONS, WINDOW_MS } from "../../../../../../agent/seats/docker/connect/tunnels/pace.ts";
import { AGENT_SOCKET, openSshAgent, whyNoAgent } from "../../../../../../agent/seats/docker/connect/tunnels/ssh-agent.ts";
import { hasSshAgent, type OperatorsAgent, startSshAgent } from "../../../../../support/ssh-agent.ts";
import { until } from "../../../../../support/until.ts";

const canBe = process.getuid?.() === 0 && Bun.which("setpriv") !== null;
/** Somebody who has a name, or ssh-keygen wouldn't sign. */
const [LEARNER, STRANGER] = [65_534, 20_002];

const message = (...bytes: number[]): Buffer => {
  const all = Buffer.alloc(4 + bytes.length);
  all.writeUInt32BE(bytes.length);
  all.set(bytes, 4);
  return all;
};
const kindOf = (answer: Uint8Array) => answer[4];
const [REFUSED, KEYS] = [5, 12];

describe.skipIf(!canBe || !hasSshAgent)(
  "the operator's SSH agent, as a seat has it (needs root, setpriv, openssh-client)",
  () => {
    let directory: string;
    let operators: OperatorsAgent;
    let stop: () => void;
    beforeEach(async () => {
      directory = mkdtempSync(join(tmpdir(), "ct-engine-"));
      chmodSync(directory, 0o755);
      operators = await startSshAgent();
      stop = openSshAgent(directory, { uid: LEARNER, gid: LEARNER }, operators.socket);
    });
    afterEach(async () => {
      stop();
      await operators.end();
      rmSync(directory, { recursive: true });
    });
    const socket = () => join(directory, AGENT_SOCKET);

    /** A shell line of the learner's, or of another user's of the machine. */
    async function sh(line: string, uid = LEARNER): Promise<string> {
      const argv = ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", "bash", "-c", `exec 2>&1; ${line}`];
      const done = await $`${argv}`.env({ PATH: process.env.PATH, HOME: directory, SSH_AUTH_SOCK: socket() }).quiet().nothrow();
      return done.stdout.toString();
    }

    interface Talk {
      socket: Socket;
      answers: Uint8Array[];
      over: boolean;
    }
    async function connect(): Promise<Talk> {
      const messages = new Messages();
      const talk = { answers: [], over: false } as unknown as Talk;
      const over = () => {
        talk.over = true;
      };
      talk.socket = await Bun.connect({
        unix: socket(),
        socket: {
          data: (_socket, bytes) => {
            messages.add(bytes);
            for (let next = messages.next(); next; next = messages.next()) talk.answers.push(next);
          },
          ...{ close: over, error: over },
        },
      });
      return talk;
    }

    test("the learner lists its keys and signs with them, a neighbour on the machine can't; none is removed, added, or locked away", async () => {
      expect(await sh("ssh-add -l")).toContain(operators.fingerprint);
      const signed = "cd $(mktemp -d); echo work >w; ssh-add -L >k.pub; ssh-keygen -q -Y sign -f k.pub -n file w && cat w.sig";
      expect(await sh(signed)).toContain("BEGIN SSH SIGNATURE");
      expect(await sh("ssh-add -l", STRANGER)).toContain("Permission denied");
      expect(statSync(socket())).toMatchObject({ uid: LEARNER, gid: LEARNER });
      expect(statSync(socket()).mode & 0o777).toBe(0o600);
      expect(await sh("ssh-add -D")).toMatch(/Failed|refused/);
      const added = 'cd $(mktemp -d); ssh-keygen -q -t ed25519 -N "" -f mine; ssh-add mine';
      expect(await sh(added)).toMatch(/not add|refused/);
      expect(await operators.list()).toMatch(new RegExp(`^256 ${RegExp.escape(operators.fingerprint)} operator \\(ED25519\\)$`));
    });

    test("questions are answered in their order, those that are not allowed by a refusal, however the bytes come", async () => {
      const talk = await connect();
      const all = Buffer.concat([
        message(11),
        message(19),
        message(11),
        message(22, 0, 0, 0, 0),
        message(27, 0, 0, 0, 0),
        message(11),
      ]);
      for (const byte of all) {
        talk.socket.write(Uint8Array.of(byte));
        await new Promise(setImmediate);
      }
      await until("six answers", () => talk.answers.length === 6);
      expect(talk.answers.map(kindOf)).toEqual([KEYS, REFUSED, KEYS, REFUSED, REFUSED, KEYS]);
      talk.socket.write(all);
      await until("six more", () => talk.answers.length === 12);
      expect(talk.answers.slice(6).map(kindOf)).toEqual([KEYS, REFUSED, KEYS, REFUSED, REFUSED, KEYS]);
      talk.socket.end();
    });

    test("who asks for nothing else, for more than a message holds, or for nothing, is left", async () => {
      const tooLong = Buffer.alloc(4);
      tooLong.writeUInt32BE(MESSAGE_LIMIT + 1);
      for (const bytes of [Buffer.concat(Array(40).fill(message(19))), tooLong, Buffer.alloc(4)]) {
        const talk = await connect();
        talk.socket.write(bytes);
        await until("the end", () => talk.over);
        expect(talk.answers.length).toBeLessThan(20);
      }
      expect(await operators.list()).toContain(operators.fingerprint);
    });

    test("a question that isn't whole in time is left, whoever asks nothing isn't", async () => {
      const [silent, slow] = [await connect(), await connect()];
      slow.socket.write(message(11).subarray(0, 4));
      const began = performance.now();
      await until("the slow one to be left", () => slow.over);
      expect(performance.now() - began).toBeGreaterThan(QUESTION_MS - 1000);
      silent.socket.write(message(11));
      await until("the silent one's answer", () => silent.answers.length === 1);
      silent.socket.end();
    });

    test("all programs of a seat ask so many in a second; the others' questions wait, and are answered", async () => {
      const talks = [await connect(), await connect()];
      const began = performance.now();
      for (const talk of talks) talk.socket.write(Buffer.concat(Array(QUESTIONS).fill(message(11))));
      await until("all answers", () => talks.every(({ answers }) => answers.length === QUESTIONS));
      expect(performance.now() - began).toBeGreaterThan(WINDOW_MS - 100);
      expect(talks.flatMap(({ answers }) => answers.map(kindOf)).every((kind) => kind === KEYS)).toBe(true);
      for (const talk of talks) talk.socket.end();
    });

    test("sixteen at once, and a place that is free again is for the next; when it is closed all are cut and the socket is gone", async () => {
      const talks = await Promise.all(Array.from({ length: 16 }, connect));
      for (const talk of talks) talk.socket.write(message(11));
      await until("all to be answered", () => talks.every(({ answers }) => answers.length === 1));
      const one = await connect();
      await until("one more to be left", () => one.over);
      talks[0]?.socket.end();
      await until("its place", async () => (await sh("ssh-add -l")).includes(operators.fingerprint));
      stop();
      await until("all to be cut", () => talks.every(({ over }) => over));
      expect(existsSync(socket())).toBe(false);
      stop = () => {};
    });

    test("why there is none is said: no setting, nobody there; when it comes back, the seat's socket leads to it", async () => {
      expect(await whyNoAgent(undefined)).toContain("CLARATEACH_SSH_AGENT");
      expect(await whyNoAgent(operators.socket)).toBeUndefined();
      writeFileSync(join(directory, "no-agent"), "");
      expect(await whyNoAgent(join(directory, "no-agent"))).toContain("No SSH agent answers at");
      await operators.end();
      expect(await sh("ssh-add -l")).not.toContain("SHA256");
      expect(readdirSync(directory)).toContain(AGENT_SOCKET);
    });
  },
);

test("a message that comes byte by byte costs its own length, and what follows it isn't lost", () => {
  const long = message(...Array(20_000).fill(11));
  const messages = new Messages();
  const objects = () => {
    Bun.gc(true);
    return heapStats().objectTypeCounts.Uint8Array ?? 0;
  };
  const before = objects();
  for (const byte of long.subarray(0, -1)) {
    messages.add(Uint8Array.of(byte));
    expect(messages.next()).toBeUndefined();
  }
  expect(objects() - before).toBeLessThan(1000);
  messages.add(Buffer.concat([long.subarray(-1), message(13, 1), message(11).subarray(0, 2)]));
  expect(messages.next()).toEqual(long);
  const second = messages.next();
  expect(messages.next()).toBeUndefined();
  messages.add(message(11).subarray(2));
  expect([second, messages.next()]).toEqual([message(13, 1), message(11)]);
  expect(messages.isBegun).toBe(false);
});
