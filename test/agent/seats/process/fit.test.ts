import { expect, test } from "bun:test";
import { fitOfProcesses } from "../../../../agent/seats/process/fit.ts";

const GiB = 2 ** 30;

test("more seats than a computer's memory does for are small, with how many it does for; others are good", () => {
  expect(fitOfProcesses(10, 8 * GiB)).toEqual({ verdict: "good" });
  expect(fitOfProcesses(35, 8 * GiB)).toEqual({ verdict: "good" });
  expect(fitOfProcesses(36, 8 * GiB)).toEqual({
    verdict: "small",
    why: "36 seats, each with a shell and a browser, want 7.2 GB of memory; this computer has 8.0 GB, which does for 35. All of them would be slow.",
  });
  expect(fitOfProcesses(1, GiB).verdict).toBe("small");
});
