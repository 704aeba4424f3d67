/** What stands behind the front is a machine with strangers on it: whatever it answers is one answer, or none. */
import { afterEach, expect, test } from "bun:test";
import type { Socket } from "bun";
import { FIELDS_MOST } from "../../../agent/front/answer-head.ts";
import { forward } from "../../../agent/front/calls.ts";
import type { Field } from "../../../agent/front/headers.ts";
import { openUpstreams, type Upstreams } from "../../../agent/front/upstreams.ts";
import { sendRaw } from "../../support/raw.ts";
import { until } from "../../support/until.ts";

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

/** @param answers to the first call on a connection, the second …; what is no text is done */
function behind(...answers: (string | ((socket: Socket<{ calls: number }>) => void))[]) {
  const seen = { connections: 0, open: 0, calls: [] as string[] };
  const server = Bun.listen<{ calls: number }>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open: (socket) => {
        socket.data = { calls: 0 };
        seen.connections += 1;
        seen.open += 1;
      },
      data: (socket, bytes) => {
        seen.calls.push(bytes.toString());
        const answer = answers[Math.min(socket.data.calls, answers.length - 1)];
        socket.data.calls += 1;
        if (typeof answer === "string") socket.write(Buffer.from(answer, "latin1"));
        else answer?.(socket);
      },
      close: () => {
        seen.open -= 1;
      },
    },
  });
  const upstreams = openUpstreams();
  ended.push(upstreams.stop, () => server.stop(true));
  const ask = (more: { method?: "GET" | "HEAD"; path?: string; fields?: Field[]; signal?: AbortSignal } = {}) =>
    upstreams.ask(`127.0.0.1:${server.port}`, {
      ...{ method: "GET" as const, path: "/", fields: [["host", "a"]] as Field[], signal: new AbortController().signal },
      ...more,
    });
  return { seen, ask, text: async () => new Response((await ask()).body as BodyInit).text(), upstreams, port: server.port };
}

function doorTo(port: number, upstreams: Upstreams) {
  const leave = { now: () => {}, onceTaken: () => {} };
  const door = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => forward(request, { upstream: `127.0.0.1:${port}`, path: "/", client: "127.0.0.1" }, leave, upstreams),
  });
  ended.push(() => door.stop(true));
  return door;
}

const HELLO = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const headed = (line: string) => `HTTP/1.1 200 OK\r\n${line}\r\n\r\nhello`;

const BAD_HEADS: Record<string, string> = {
  "two ways of its length": headed("Content-Length: 5\r\nTransfer-Encoding: chunked"),
  "two lengths": headed("Content-Length: 5\r\nContent-Length: 5"),
  "a list of lengths": headed("Content-Length: 5, 5"),
  "a signed length": headed("Content-Length: +5"),
  "a hexadecimal length": headed("Content-Length: 0x5"),
  "no length at all": headed("Content-Length:"),
  "a length of many digits": headed(`Content-Length: ${"9".repeat(30)}`),
  "another coding": headed("Transfer-Encoding: gzip, chunked"),
  "chunks said twice": headed("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
  "chunks in HTTP/1.0": "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "a line that goes on": headed("X-A: 1\r\n Content-Length: 5"),
  "a name with a space": headed("Content-Length : 5"),
  "no name": headed(": 5"),
  "no colon": headed("hello"),
  "a line's end alone": headed("X-A: 1\nContent-Length: 5"),
  "one field too many": headed(`Content-Length: 5${"\r\nX-A: 1".repeat(FIELDS_MOST)}`),
  "a zero byte": headed("X-A: 1\0"),
  "another protocol": "SSH-2.0-OpenSSH_9.2\r\n\r\n",
  "a status of four digits": "HTTP/1.1 2000 OK\r\n\r\n",
  "an upgrade": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
  "a head without an end": `HTTP/1.1 200 OK\r\nX-A: ${"a".repeat(100_000)}`,
  "a long head": headed(`X-A: ${"a".repeat(100_000)}`),
  "endless news before the answer": "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100),
};

test.each(Object.entries(BAD_HEADS))("an answer with %s is none, and its connection is over", async (_, answer) => {
  const { ask, seen } = behind(answer);
  await expect(ask()).rejects.toThrow("gave no answer");
  await until("the connection to be gone", () => seen.open === 0);
  expect(seen.connections).toBe(1);
});

const BAD_BODIES: Record<string, string> = {
  "a chunk without a length": `${CHUNKED}\r\nhello\r\n0\r\n\r\n`,
  "a chunk of a negative length": `${CHUNKED}-5\r\nhello\r\n0\r\n\r\n`,
  "a chunk with 0x": `${CHUNKED}0x5\r\nhello\r\n0\r\n\r\n`,
  "a chunk that is longer than it said": `${CHUNKED}4\r\nhello\r\n0\r\n\r\n`,
  "a chunk's line that ends wrongly": `${CHUNKED}5\nhello\r\n0\r\n\r\n`,
  "a return within a chunk's line": `${CHUNKED}5\r;\r\nhello\r\n0\r\n\r\n`,
  "a chunk's line without an end": `${CHUNKED}5;${"a".repeat(5000)}`,
  "a chunk of astronomical length": `${CHUNKED}${"f".repeat(20)}\r\nhello`,
  "a trailer without an end": `${CHUNKED}0\r\n${"X-A: 1\r\n".repeat(1000)}`,
};

test("as many fields as are taken", async () => {
  const { text } = behind(headed(`Content-Length: 5${"\r\nX-A: 1".repeat(FIELDS_MOST - 1)}`));
  expect(await text()).toBe("hello");
});

test.each(Object.entries(BAD_BODIES))("%s ends the answer as broken", async (_, answer) => {
  const { text, seen } = behind(answer);
  await expect(text()).rejects.toThrow();
  await until("the connection to be gone", () => seen.open === 0);
});

test.each([
  ["counted", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"],
  ["chunked", `${CHUNKED}a\r\nhello`],
  ["chunked, at a chunk's end", `${CHUNKED}5\r\nhello\r\n`],
])("an answer that was cut (%s) doesn't look whole to the client either", async (_, answer) => {
  let cut = () => {};
  const { upstreams, port } = behind((socket) => {
    socket.write(answer);
    cut = () => void socket.end();
  });
  const door = { name: "door", port: Number(doorTo(port, upstreams).port), tls: false };
  const got = await sendRaw(door, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", () => cut());
  expect([got.status, got.hung]).toEqual([200, false]);
  expect(got.text).not.toEndWith("0\r\n\r\n");
});

test.each(["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", `${CHUNKED}5\r\nhello\r\n0\r\n\r\n`])(
  "an answer whose server says no type has none for the browser, which shows it as it would on the server's computer",
  async (answer) => {
    const { upstreams, port } = behind(answer);
    const got = await fetch(doorTo(port, upstreams).url);
    expect([got.headers.get("content-type"), await got.text()]).toEqual([null, "hello"]);
  },
);

test("byte by byte it is the same answer", async () => {
  const answer = `HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n${CHUNKED}3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nX-Trailer: 1\r\n\r\n`;
  const { text, seen } = behind((socket) => {
    let at = 0;
    const timer = setInterval(() => {
      socket.write(answer.slice(at, ++at));
      socket.flush();
      if (at === answer.length) clearInterval(timer);
    }, 1);
  });
  expect(await text()).toBe("hello");
  expect(await text()).toBe("hello");
  expect(seen.connections).toBe(1);
});

test("a thousand chunks of one byte are one piece", async () => {
  const { text } = behind(`${CHUNKED}${"1\r\na\r\n".repeat(1000)}${"800\r\n"}${"b".repeat(2048)}\r\n1\r\nc\r\n0\r\n\r\n`);
  expect(await text()).toBe(`${"a".repeat(1000)}${"b".repeat(2048)}c`);
});

test("answers without a body have none, whatever length they tell", async () => {
  for (const status of ["204 No Content", "304 Not Modified"]) {
    const { ask, text, seen } = behind(`HTTP/1.1 ${status}\r\nContent-Length: 5\r\n\r\n`, HELLO);
    expect((await ask()).body).toBeNull();
    expect([await text(), seen.connections]).toEqual(["hello", 1]);
  }
  const { ask, text, seen } = behind("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", HELLO);
  const { body, fields } = await ask({ method: "HEAD" });
  expect([body, new Headers([...fields]).get("content-length"), await text(), seen.connections]).toEqual([null, "5", "hello", 1]);
});

test("without a length the connection's end is the answer's", async () => {
  const { text, seen } = behind((socket) => void socket.end("HTTP/1.1 200 OK\r\n\r\nhello"));
  expect([await text(), await text(), seen.connections]).toEqual(["hello", "hello", 2]);
});

test.each([
  ["comes after the end of an answer", `${HELLO}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`],
  ["is sent after a 304", "HTTP/1.1 304 Not Modified\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"],
  ["follows the last chunk", `${CHUNKED}0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`],
])("what %s is nobody's answer", async (_, answer) => {
  const { text, seen } = behind(answer);
  expect(await text()).not.toContain("evil");
  expect(await text()).not.toContain("evil");
  expect(seen.connections).toBe(2);
});

test("what comes unasked on a kept connection ends it", async () => {
  let unasked = () => {};
  const { text, seen } = behind((socket) => {
    socket.write(HELLO);
    unasked = () => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
  });
  expect(await text()).toBe("hello");
  unasked();
  await until("the connection to be gone", () => seen.open === 0);
  expect(await text()).toBe("hello");
});

test("a call is asked again where a kept connection was hung up on before any answer, and only there", async () => {
  const hangUp = (socket: Socket<{ calls: number }>) => void socket.terminate();
  const kept = behind(HELLO, hangUp);
  expect([await kept.text(), await kept.text(), kept.seen.connections]).toEqual(["hello", "hello", 2]);
  const begun = behind(HELLO, (socket) => void socket.end("HTTP/1.1 2"));
  expect(await begun.text()).toBe("hello");
  await expect(begun.ask()).rejects.toThrow("hung up");
  const fresh = behind(hangUp);
  await expect(fresh.ask()).rejects.toThrow("hung up");
  expect([begun.seen.calls.length, fresh.seen.calls.length]).toEqual([2, 1]);
});

test("a client who leaves ends the call behind, before its answer and in the middle of it", async () => {
  const { ask, seen } = behind(() => {});
  const client = new AbortController();
  const asked = ask({ signal: client.signal });
  await until("the call", () => seen.calls.length === 1);
  client.abort();
  await expect(asked).rejects.toThrow("left");
  await until("the connection to be gone", () => seen.open === 0);
  const begun = behind(`${CHUNKED}5\r\nhello\r\n`);
  await ((await begun.ask()).body as ReadableStream).cancel();
  await until("the connection to be gone", () => begun.seen.open === 0);
});

test("what nobody reads stays with its sender, and all of it comes once somebody does", async () => {
  const BYTES = 32 * 1024 * 1024;
  let sent = 0;
  const push = (socket: Socket<{ calls: number }>) => {
    while (sent < BYTES) {
      const took = socket.write(new Uint8Array(Math.min(65_536, BYTES - sent)));
      if (took <= 0) return void setTimeout(() => push(socket), 5);
      sent += took;
    }
    socket.end();
  };
  const { ask } = behind((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${BYTES}\r\nConnection: close\r\n\r\n`);
    push(socket);
  });
  const { body } = await ask();
  let before = -1;
  const stands = () => {
    const still = sent === before;
    before = sent;
    return still;
  };
  await until("the sender to stand", stands);
  expect(sent).toBeLessThan(BYTES);
  let came = 0;
  for await (const { length } of body as unknown as AsyncIterable<Uint8Array>) came += length;
  expect(came).toBe(BYTES);
});

test("what would end its line in a call isn't sent", async () => {
  const { ask, seen } = behind(HELLO);
  const signal = new AbortController().signal;
  for (const value of ["1\r\nx-b: 2", "1\nx-b: 2", "1\0", "č: 2"])
    await expect(ask({ signal, fields: [["x-a", value]] })).rejects.toThrow("can't be sent");
  for (const path of ["/ HTTP/1.1\r\nx: y", "/a b", "a", "http://b/"])
    await expect(ask({ path })).rejects.toThrow("can't be asked");
  const ofBody: Field[] = [
    ["content-length", "5"],
    ["expect", "100-continue"],
  ];
  await ask({ fields: [["host", "a"], ...ofBody] });
  expect(seen.calls).toEqual(["GET / HTTP/1.1\r\nhost: a\r\n\r\n"]);
});
