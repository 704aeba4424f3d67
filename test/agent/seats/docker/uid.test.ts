import { expect, test } from "bun:test";
import { rangeOf } from "../../../../agent/seats/docker/network/addresses.ts";
import { freeBlocks } from "../../../../agent/seats/docker/network/block.ts";
import { keeperOf, takenIn, uidOf } from "../../../../agent/seats/docker/uid.ts";

const seats = Array.from({ length: 10 }, (_, i) => i + 1);

test("no two seats of any private network's blocks have one user, no keeper is a learner, and Docker takes each", () => {
  const pools = ["10.222.0.0/16", "10.99.0.0/16", "100.64.0.0/16", "172.16.0.0/16", "192.168.0.0/16", "198.18.0.0/16"];
  const uids = pools.flatMap((pool) =>
    [...freeBlocks(pool, [], 0)].flatMap((block) => seats.flatMap((seat) => [uidOf(block, seat), keeperOf(block, seat)])),
  );
  expect(uids).toHaveLength(pools.length * 1024 * 10 * 2);
  expect(new Set(uids).size).toBe(uids.length);
  expect(Math.min(...uids)).toBeGreaterThanOrEqual(0x7000_0000);
  // Docker's most is 0x7fffffff; from 0x7ffe0000 on they are systemd's.
  expect(Math.max(...uids)).toBeLessThan(0x7ffe_0000);
});

test("the address can be read from it", () => {
  expect(uidOf(rangeOf("10.222.0.0/26"), 1).toString(16)).toBe("7ade0002");
});

test.each([
  ["/etc/passwd", "root:x:0:0::/root:/bin/sh\nmira:x:2061369346:100::/home/mira:/bin/sh\n", "mira"],
  ["/etc/group", "staff:x:2061369346:mira\n", "staff"],
  ["/etc/subuid", "mira:2061369000:1000\n", "mira"],
  ["/etc/subuid", "mira:2061360000:1000\nbuild:100000:65536\n", undefined],
  ["/etc/passwd", "root:x:0:0::/root:/bin/sh\n\n", undefined],
])("a number that %s has given away is found: %j", (file, text, owner) => {
  expect(takenIn(file, text, [0x7ade_0002])).toBe(owner as string);
});
