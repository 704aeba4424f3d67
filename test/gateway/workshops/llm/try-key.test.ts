import { afterAll, beforeAll, expect, test } from "bun:test";
import { upstreamOf } from "../../../../agent/contract/upstream.ts";
import { tryKey } from "../../../../gateway/workshops/llm/try-key.ts";

const KEY = "sk-ant-test-0123456789-0123456789";

let status = 200;
const got: Request[] = [];
let server: ReturnType<typeof Bun.serve>;
beforeAll(() => {
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => {
      got.push(request);
      const all = JSON.stringify(Object.fromEntries(request.headers));
      const headers = { location: "/elsewhere", "x-got": all };
      // Endless: whoever reads it to its end waits for ever.
      const body = new ReadableStream({ pull: (controller) => controller.enqueue(Buffer.from(all)) }, { highWaterMark: 0 });
      return new Response(body, { status, headers });
    },
  });
});
afterAll(() => server.stop(true));

const trial = () => tryKey(upstreamOf(`http://127.0.0.1:${server.port}/anthropic/`), KEY);

test.each([
  [200, "good"],
  [401, "refused"],
  [403, "refused"],
  [302, "unreachable"],
  [500, "unreachable"],
  [503, "unreachable"],
  // Those say nothing of the key.
  [404, "unknown"],
  [429, "unknown"],
  [529, "unknown"],
] as const)("an upstream that answers %d: the key is %s", async (answered, is) => {
  status = answered;
  const before = got.length;
  expect(await trial()).toMatchObject({ is, said: expect.stringContaining(`answered ${answered}`) });
  expect(got.slice(before).map(({ url }) => new URL(url).pathname)).toEqual(["/anthropic/v1/models"]);
});

test("the key goes to nobody else, and what is said of it never has it in it", async () => {
  status = 401;
  expect(JSON.stringify(await trial())).not.toContain(KEY);
  const { headers } = got.at(-1) as Request;
  expect([headers.get("x-api-key"), headers.get("authorization")]).toEqual([KEY, `Bearer ${KEY}`]);
  const away = await tryKey(upstreamOf("http://127.0.0.1:9"), KEY);
  expect(away).toMatchObject({ is: "unreachable", said: "127.0.0.1:9: no connection" });
});
