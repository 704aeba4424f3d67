import { expect, test } from "bun:test";
import { renderPage, renderPart } from "../../views/layout.tsx";
import { Join } from "../../views/pages/join.tsx";
import { Portal } from "../../views/pages/portal.tsx";
import { WorkshopLive } from "../../views/pages/workshop.tsx";
import { StopQuestion } from "../../views/parts/questions.tsx";
import { LEARNERS, NOW, workshopView } from "../support/views.tsx";

const EVIL = `"><script>alert(1)</script><img src=x onerror=alert(1)>'<hx-partial hx-target="body">`;

test("names of workshops and learners, codes and messages are text wherever they stand", () => {
  const workshop = workshopView({
    name: EVIL,
    code: EVIL,
    failure: EVIL,
    joinLink: `https://class.example.org/join?code=${encodeURIComponent("CLARA-7K3M")}`,
    learners: LEARNERS.map((learner) => ({ ...learner, name: EVIL, odehash: EVIL })),
    machines: [{ name: EVIL, status: "running", seats: [1], answers: false, note: EVIL }],
    starter: { name: EVIL, bytes: 1, digest: EVIL },
    archiveProblem: EVIL,
    steps: [{ key: EVIL, is: "failed", summary: EVIL, note: EVIL }],
  });
  const states = ["created", "provisioning", "running", "failed", "stopping"] as const;
  const pages = [
    ...states.map((state) => renderPart(<WorkshopLive workshop={{ ...workshop, state }} />)),
    renderPart(<StopQuestion workshop={workshop} as="dialog" />),
    renderPage(<Portal workshops={[workshopView({ name: EVIL, code: EVIL })]} joinAddress={EVIL} now={NOW} />),
    renderPage(
      <Join
        mode="enter"
        typed={{ code: EVIL, name: EVIL, odehash: EVIL }}
        problem={{ code: EVIL, banner: { bold: EVIL, rest: EVIL } }}
        again={{ workshop: EVIL, code: EVIL, seat: 1, name: EVIL, odehash: EVIL, now: NOW }}
        otherBrowser={EVIL}
        limits={{ name: 60 }}
      />,
    ),
  ];
  for (const html of pages) {
    expect(html).toContain("&lt;script");
    expect(html).not.toMatch(/<script>|<img|<hx-/);
    expect(html).not.toMatch(/="[^"]*"><script/);
  }
});
