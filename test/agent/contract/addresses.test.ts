import { expect, test } from "bun:test";
import { countedAddress } from "../../../agent/contract/addresses.ts";

test.each([
  ["203.0.113.7", "203.0.113.7"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
  ["::FFFF:203.0.113.7", "203.0.113.7"],
  ["2001:db8:17:a0::1", "2001:db8:17:a0::/64"],
  ["2001:0DB8:0017:00a0:ffff:eeee:dddd:cccc", "2001:db8:17:a0::/64"],
  ["2001:db8::", "2001:db8:0:0::/64"],
  ["2001:db8::5:6:7:8", "2001:db8:0:0::/64"],
  ["2001:db8::4:5:6:7:8", "2001:db8:0:4::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
  ["unknown", "unknown"],
])("%s is counted as %s", (address, counted) => {
  expect(countedAddress(address)).toBe(counted);
});
