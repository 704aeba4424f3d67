import { expectedCost } from "../../gateway/workshops/costs.ts";
import { openCosts } from "../../provision/gce/costs.ts";
import type { CostView } from "../../views/cost.ts";
import { renderPage } from "../../views/layout.tsx";
import { NewWorkshop, type NewWorkshopProps } from "../../views/pages/new-workshop.tsx";
import { WorkshopPage } from "../../views/pages/workshop.tsx";
import type { ShownWorkshop } from "../../views/workshop.ts";
import { workshopView } from "./views.tsx";

const HERE = { zone: "europe-west4-a", machineType: "e2-standard-8", diskGb: 50 };
const costsIn = (zone: string, machineType = "e2-standard-8") => openCosts({ zones: [zone], machineType, diskGb: 50 });
const costs = costsIn("europe-west4-a");

export const EXPECTED: CostView = expectedCost(costs, { seats: 10, hours: 4 });
const RUNNING: CostView = { is: "running", ...costs.of([{ machine: HERE, hours: 1.4 }]), endUsd: 1.1127, learnerHours: 40 };
export const FINAL: CostView = {
  ...{ is: "final", learnerHours: 36 },
  ...costs.of([
    { machine: HERE, hours: 1.9 },
    { machine: { ...HERE, zone: "us-central1-f" }, hours: 1.9 },
    { machine: { ...HERE, machineType: "n2-standard-8" }, hours: 0.2 },
  ]),
};
const UNPRICED: CostView = expectedCost(costsIn("mars-west1-a"), { seats: 10, hours: 4 });

const page = (more: Partial<ShownWorkshop>) => renderPage(<WorkshopPage workshop={workshopView(more)} />);
const open = (html: string) => html.replaceAll("<details", "<details open");

/** The pages of a cloud whose machines cost money. @param form what the form without a cost is */
export const costStates = (
  form: NewWorkshopProps,
  receipt: NonNullable<ShownWorkshop["receipt"]>,
): Record<string, () => string> => ({
  "cost-new": () => renderPage(<NewWorkshop {...form} cost={EXPECTED} />),
  "cost-new-open": () => open(renderPage(<NewWorkshop {...form} cost={EXPECTED} />)),
  "cost-new-unpriced": () => renderPage(<NewWorkshop {...form} cost={UNPRICED} />),
  "cost-created": () => open(page({ state: "created", learners: [], cost: EXPECTED })),
  "cost-running": () => page({ cost: RUNNING }),
  "cost-running-open": () => open(page({ cost: RUNNING })),
  "cost-stopped": () => page({ state: "stopped", receipt: { ...receipt, cost: FINAL } }),
  "cost-stopped-open": () => open(page({ state: "stopped", receipt: { ...receipt, cost: FINAL } })),
});
