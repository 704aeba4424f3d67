import { noCode } from "../../gateway/workshops/names.ts";
import { renderPage } from "../../views/layout.tsx";
import { CheckRefused } from "../../views/pages/check.tsx";
import { WorkshopPage } from "../../views/pages/workshop.tsx";
import type { ChecksView, ShownWorkshop } from "../../views/workshop.ts";
import { at, workshopView } from "./views.tsx";

const page = (more: Partial<ShownWorkshop>) => renderPage(<WorkshopPage workshop={workshopView(more)} />);

const CHECKS: ChecksView = {
  ...{ checked: 12, troubled: 2, lastAt: at(-4) },
  lacks: [
    { check: "websocket", needed: true, names: ["Aleksandra Wiśniewska-Brandt"], nameless: 1 },
    {
      ...{ check: "udp", needed: false, nameless: 2 },
      names: ["Jonas Lindqvist", "Mira Okafor", "Noor", "Priya", "Tomás Herrera", "Wei Chen", "Zoë"],
    },
  ],
};

/** What learners' networks let through, on the instructor's page. The learner's own page runs by itself: test/e2e/check.test.ts. */
export const CHECK_STATES: Record<string, () => string> = {
  "created-checks": () => page({ state: "created", learners: [], checks: CHECKS }),
  "running-checks": () => page({ checks: CHECKS }),
  "running-checks-fine": () => page({ checks: { checked: 1, troubled: 0, lastAt: at(-4), lacks: [] } }),
  "check-no-such-code": () => renderPage(<CheckRefused code="CLARA-7K3N" />),
  "check-no-code": () => renderPage(<CheckRefused code={"A".repeat(80)} noCode={noCode("A".repeat(80))} />),
};
