import { expect, test } from "bun:test";
import { present } from "../../../gateway/routes/pages/present.ts";
import { workshopView } from "../../support/views.tsx";

const URL = "https://class.example.org";

test("the age of the seats' image is shown from 14 days on", () => {
  const madeAt = "2026-03-01T08:00:00.000Z";
  const days = (now: string) => present({ ...workshopView(), image: { name: "clarateach/base:1", madeAt } }, URL, now).imageDays;
  expect(days("2026-03-15T07:59:00.000Z")).toBeUndefined();
  expect(days("2026-03-15T08:00:00.000Z")).toBe(14);
  expect(days("2026-06-09T08:00:00.000Z")).toBe(100);
  expect(present(workshopView(), URL, "2036-03-15T08:00:00.000Z").imageDays).toBeUndefined();
});
