import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Problem } from "../../../../../agent/contract/errors.ts";
import { listenForHooks } from "../../../../../agent/seats/docker/workshopctl/listener.ts";
import { until } from "../../../../support/until.ts";

let directory: string;
let stop: () => void;
let heard: string[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ct-hooks-"));
  heard = [];
  stop = listenForHooks(directory, (form) => {
    if (form.get("say") === "no") throw new Problem("FORBIDDEN", "No.");
    heard.push(form.get("say") ?? "");
  });
});
afterEach(() => {
  stop();
  rmSync(directory, { recursive: true });
});

/** Sends pieces, and hears until the other side ends. */
async function talk(...pieces: string[]): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let answer = "";
  const socket = await Bun.connect({
    unix: join(directory, "workshopctl.sock"),
    socket: {
      data(_socket, bytes) {
        answer += bytes.toString();
      },
      close: () => resolve(),
      error: () => resolve(),
    },
  });
  for (const piece of pieces) {
    socket.write(piece);
    // So that they arrive one by one.
    await new Promise(setImmediate);
  }
  await promise;
  return answer;
}

const call = (body: string, length = body.length) =>
  `POST /v1/workshopctl HTTP/1.1\r\nHost: workshop\r\nContent-Length: ${length}\r\n\r\n${body}`;

test("a call is heard whole, however it comes", async () => {
  expect(await talk(call("say=a"))).toStartWith("HTTP/1.1 200 ");
  expect(await talk(...(call("say=%C3%A4+b").match(/.{1,7}/gs) ?? []))).toStartWith("HTTP/1.1 200 ");
  expect(heard).toEqual(["a", "ä b"]);
  expect(await talk(call("say=no"))).toMatch(/^HTTP\/1.1 400 .*\r\n\r\nNo\.$/s);
});

test.each([
  ["another call", "GET / HTTP/1.1\r\n\r\n", "for workshopctl alone"],
  ["no length", "POST /v1/workshopctl HTTP/1.1\r\n\r\n", "for workshopctl alone"],
  ["two lengths", call("say=a").replace("Host: workshop", "content-length: 3"), "for workshopctl alone"],
  ["a head without end", `POST /v1/workshopctl HTTP/1.1\r\nX: ${"x".repeat(5000)}`, "more than a hook may say"],
  ["a long body", call("x".repeat(5000)), "more than a hook may say"],
])("%s is refused", async (_what, text, sentence) => {
  expect(await talk(text)).toContain(sentence);
  expect(heard).toEqual([]);
});

test("who says half and no more is cut; while eight do so nobody else is taken, then the next is heard", async () => {
  const silent = Array.from({ length: 8 }, () => talk(call("say=a", 1000)));
  await until("none to be taken", () => !existsSync(join(directory, "workshopctl.sock")));
  expect(await Promise.all(silent)).toEqual(Array(8).fill(""));
  await until("room", () => existsSync(join(directory, "workshopctl.sock")));
  expect(await talk(call("say=c"))).toStartWith("HTTP/1.1 200 ");
  expect(heard).toEqual(["c"]);
});
