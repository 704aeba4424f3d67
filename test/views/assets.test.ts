import { afterAll, beforeAll, expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import { assetUrl, serveAsset } from "../../views/assets.ts";

let server: Bun.Server<undefined>;
beforeAll(() => {
  server = Bun.serve({ port: 0, fetch: (request) => serveAsset(request) ?? new Response("elsewhere", { status: 418 }) });
});
afterAll(() => server.stop(true));

const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  fetch(new URL(path, server.url), { method, headers, decompress: false });
const source = () => Bun.file(`${import.meta.dir}/../../views/public/tokens.css`).text();

test("a style has an address that names its content and may be kept for ever", async () => {
  expect(assetUrl("tokens.css")).toMatch(/^\/assets\/tokens-[0-9a-f]{12}\.css$/);
  const answer = await get(assetUrl("tokens.css"), { "accept-encoding": "gzip, deflate, br" });
  expect(answer.headers.get("cache-control")).toContain("immutable");
  expect(answer.headers.get("content-type")).toBe("text/css; charset=utf-8");
  expect(answer.headers.get("content-encoding")).toBe("br");
  expect(await (await fetch(new URL(assetUrl("tokens.css"), server.url))).text()).toBe(await source());
});

test("each client gets the encoding it takes", async () => {
  const gzip = await get(assetUrl("tokens.css"), { "accept-encoding": "gzip, br;q=0" });
  expect(gzip.headers.get("content-encoding")).toBe("gzip");
  expect(gunzipSync(await gzip.bytes()).toString()).toBe(await source());
  const plain = await get(assetUrl("tokens.css"), { "accept-encoding": "identity" });
  expect(plain.headers.get("content-encoding")).toBeNull();
  expect(await plain.text()).toBe(await source());
});

test("a client that has it already is told so", async () => {
  const headers = { "accept-encoding": "br" };
  const etag = (await get(assetUrl("base.css"), headers)).headers.get("etag") ?? "";
  const again = await get(assetUrl("base.css"), { ...headers, "if-none-match": etag });
  expect([again.status, await again.text()]).toEqual([304, ""]);
});

test("HEAD answers the length without the bytes", async () => {
  const headers = { "accept-encoding": "br" };
  const size = (await (await get(assetUrl("base.css"), headers)).bytes()).length;
  const head = await get(assetUrl("base.css"), headers, "HEAD");
  expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, String(size), ""]);
});

test("nothing else in or around the folder can be read", async () => {
  for (const path of ["manifest.json", "tokens.css", "..%2f..%2fpackage.json", "", `${assetUrl("base.css").slice(8)}.br`])
    expect([path, (await get(`/assets/${path}`)).status]).toEqual([path, 404]);
  expect((await get("/elsewhere")).status).toBe(418);
  expect((await get(assetUrl("base.css"), {}, "POST")).status).toBe(405);
});

test("an asset that was never built is named", () => {
  expect(() => assetUrl("nothing.css")).toThrow('there is no asset "nothing.css"');
});
