import { expect, spyOn, test } from "bun:test";
import { Restarts } from "../../../agent/previews/restarts.ts";

test("one restart at a time, and the next not before ten seconds after the last began, also one that failed", async () => {
  const now = spyOn(performance, "now").mockReturnValue(50_000);
  const restarts = new Restarts();
  const first = Promise.withResolvers<void>();
  const running = restarts.run(() => first.promise);
  await expect(restarts.run(async () => {})).rejects.toMatchObject({ code: "STATE_CONFLICT" });
  first.reject(new Error("no browser"));
  await expect(running).rejects.toThrow("no browser");
  now.mockReturnValue(57_500);
  await expect(restarts.run(async () => {})).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfterSeconds: 3 });
  now.mockReturnValue(60_000);
  await restarts.run(async () => {});
  now.mockRestore();
});
