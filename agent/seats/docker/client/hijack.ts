import { SocketStream } from "../../socket-stream.ts";
import { DockerError, messageIn } from "./http.ts";

/** From the request to "101": the daemon starts the process in between; 8 s were seen under load. */
const START_LIMIT_MS = 30_000;
/** Headers of the answer; Docker's are 150 bytes. */
const HEAD_LIMIT = 8 * 1024;

/**
 * Starts an exec and takes its connection over: every byte after the answer's head is the process's. Nothing is read while nobody takes:
 * `pause` stops the daemon from reading the process in turn.
 * @throws DockerError when the daemon refuses or doesn't answer
 */
export function hijack(socket: string, path: string, body: object, what: string): Promise<SocketStream> {
  const json = JSON.stringify(body);
  const head = `POST ${path} HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: ${Buffer.byteLength(json)}\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const stream = new SocketStream();
    let answer = Buffer.alloc(0);
    let begun = false;
    const fail = (why: string, status?: number, cause?: unknown) => {
      clearTimeout(timer);
      // First: closing may call back at once.
      reject(new DockerError(`cannot ${what}: ${why}`, status, { cause }));
      stream.close();
    };
    const timer = setTimeout(() => fail(`Docker did not answer within ${START_LIMIT_MS / 1000} s`), START_LIMIT_MS);
    const takeHead = (bytes: Uint8Array) => {
      answer = Buffer.concat([answer, bytes]);
      const end = answer.indexOf("\r\n\r\n");
      if (end < 0) return answer.length > HEAD_LIMIT ? fail("Docker's answer has no end") : undefined;
      const status = Number(answer.subarray(9, 12).toString("latin1"));
      const rest = answer.subarray(end + 4);
      if (status !== 101) return fail(messageIn(rest.toString("utf8")) || `Docker answered ${status}`, status);
      clearTimeout(timer);
      begun = true;
      resolve(stream);
      if (rest.length > 0) stream.arrived(rest);
    };
    Bun.connect({
      unix: socket,
      allowHalfOpen: true,
      socket: {
        ...stream.handler,
        open(raw) {
          stream.raw = raw;
          raw.write(head + json);
        },
        data: (_raw, bytes) => (begun ? stream.arrived(bytes) : takeHead(bytes)),
        end: () => stream.close(),
        close() {
          stream.ended();
          if (!begun) fail("Docker closed the connection");
        },
        error: (_raw, error) => (begun ? stream.close() : fail(error.message, undefined, error)),
      },
    }).catch((error: Error) => fail(`no Docker daemon answers at "${socket}"`, undefined, error));
  });
}
