import { expect, test } from "bun:test";
import { type Resource, settled, wanted } from "../../../gateway/workshops/resource.ts";

const NOW = 1_000_000;
const LANDS = NOW + 80_000;
const being = (action: string, definite: boolean): Resource => {
  const row = { ...wanted("machine", 1, "clarateach-ws-abc123"), detail: { requestId: "1", creatingUntil: LANDS } };
  return settled(row, action, { kind: "failed", message: "No.", definite }, NOW, (detail) => detail);
};

test("what was refused for good is waited for a few seconds, what got no answer until it can't land any more", () => {
  expect(being("create", true).detail.creatingUntil).toBe(NOW + 5000);
  expect(being("create", false).detail.creatingUntil).toBe(LANDS);
  expect(being("look", true).detail.creatingUntil).toBe(LANDS);
});
