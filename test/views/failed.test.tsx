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
