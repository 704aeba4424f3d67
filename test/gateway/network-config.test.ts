import { expect, test } from "bun:test";
import { readNetwork } from "../../gateway/network-config.ts";

const read = (env: Record<string, string>) => readNetwork(env, (sentence) => new Error(sentence));

test("the page is told of STUN servers alone, and of media ports only where seats have live video", () => {
  expect(read({})).toEqual({});
  const servers = [
    { urls: ["stun:stun.example.org:3478", "turn:turn.example.org"], username: "class", credential: "s3cret" },
    { urls: ["stun:other.example.org", "stun:[::1]"] },
    { urls: ["turns:turn.example.org:443?transport=tcp"], username: "class", credential: "s3cret" },
  ];
  expect(read({ CLARATEACH_ICE_SERVERS: JSON.stringify(servers) })).toEqual({
    stun: ["stun:stun.example.org:3478", "stun:other.example.org"],
  });
  const image = { CLARATEACH_NEKO_IMAGE: "registry.example.org/neko:1" };
  expect(read(image)).toEqual({ media: { first: 52_001, last: 52_099 } });
  expect(read({ ...image, CLARATEACH_NEKO_PORTS: "40000" })).toEqual({ media: { first: 40_001, last: 40_099 } });
});

test("a setting that can't work is refused where it is typed, without the password in it", () => {
  expect(() => read({ CLARATEACH_ICE_SERVERS: "stun.example.org" })).toThrow("CLARATEACH_ICE_SERVERS");
  const odd = JSON.stringify([{ urls: ["http://stun.example.org"], credential: "s3cret" }]);
  expect(() => read({ CLARATEACH_ICE_SERVERS: odd })).toThrow(/^(?!.*s3cret).*CLARATEACH_ICE_SERVERS/);
});
