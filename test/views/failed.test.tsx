import { expect, test } from "bun:test";
import { present } from "../../gateway/routes/pages/present.ts";
import { renderPage } from "../../views/layout.tsx";
import { WorkshopPage } from "../../views/pages/workshop.tsx";
import { paperWorkshop } from "../support/paper-services.ts";

const failedWith = (failure: string) => {
  const view = paperWorkshop({ state: "failed", failure, starter: { name: "plants.zip", bytes: 9, digest: "0" } });
  return renderPage(<WorkshopPage workshop={present(view, "http://localhost:3000", "2026-11-22T14:00:00Z")} />);
};

test("starter files that can't be unpacked: another start would fail too, and the page says what helps", () => {
  expect(failedWith("Seat 01 could not be made: the archive “plants.zip” can't be read.")).toContain(
    "to use other starter files, stop this workshop and make another",
  );
  expect(failedWith("Seat 01 could not be made: tmux is missing.")).not.toContain("other starter files");
});

test("a date in an authority's words is shown in the reader's time; nothing of the words is markup", () => {
  const shown = failedWith("a.test: too many <b>certificates</b>, retry after 2026-11-24T14:05:00Z: see https://b.test.");
  expect(shown).toContain("too many &lt;b");
  expect(shown).toMatch(
    /retry after <time datetime="2026-11-24T14:05:00Z" data-show="when">Tuesday 24 November at \d\d:\d\d<\/time>: see https:\/\/b.test\./,
  );
});
