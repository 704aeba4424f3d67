import { expect, test } from "bun:test";
import { isSendable } from "../../../agent/contract/close.ts";

test("no close code is sent that only a library sees, or that is nobody's", () => {
  const codes = [0, 999, 1000, 1001, 1003, 1004, 1005, 1006, 1007, 1014, 1015, 2999, 3000, 4001, 4999, 5000, 65_535];
  expect(codes.filter(isSendable)).toEqual([1000, 1001, 1003, 1007, 1014, 3000, 4001, 4999]);
});
