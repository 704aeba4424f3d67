import { dollars } from "../client/shared/money.ts";
import { span } from "../client/shared/when.ts";
import type { CostItemView, CostView } from "../cost.ts";
import type { ShownWorkshop } from "../workshop.ts";
import { count } from "./amounts.ts";

/** What a preview in full motion sends: 818 kB a second, measured of a page that changes everywhere all the time. */
const TRAFFIC_GB_HOUR = 2.9;

/** A card of its own, for pages that have no other facts. */
export function CostCard({ workshop }: { workshop: Pick<ShownWorkshop, "cost"> }) {
  if (!workshop.cost) return null;
  return (
    <section class="card">
      <div class="pad">
        <dl class="facts">
          <CostFact cost={workshop.cost} />
        </dl>
      </div>
    </section>
  );
}

/** A line of facts, with what it is made of. */
export function CostFact({ cost }: { cost: CostView | undefined }) {
  if (!cost) return null;
  return (
    <div class="costs">
      <dt>{cost.is === "expected" ? "Estimated cost" : "Cost"}</dt>
      <dd>
        <CostDetails cost={cost} />
      </dd>
    </div>
  );
}

/** In the form, asked for again when seats or hours change. @param cost null: what is typed can't be reckoned with */
export function NewCost({ cost }: { cost: CostView | null }) {
  return (
    <div
      id="new-cost"
      class="costs"
      role="status"
      hx-get="/workshops/cost"
      hx-include="#seats, #hours, #startsAt, #endsAt, [name=zone]"
      hx-trigger="input from:#seats delay:300ms, change from:#hours, change from:#startsAt, change from:#endsAt"
      hx-swap="outerMorph"
      {...{ "hx-status:4xx": "swap:none", "hx-status:5xx": "swap:none" }}
    >
      {cost && (
        <>
          <span>Estimated cost</span> <CostDetails cost={cost} />
        </>
      )}
    </div>
  );
}

/** In the receipt. */
export function CostUse({ cost }: { cost: CostView }) {
  return <CostDetails cost={cost} class="use costs" label="Machines: " />;
}

/** For whoever copies the receipt. */
export const costLines = (cost: CostView | undefined): string[] =>
  cost
    ? [
        `Machines: ${sumOf(cost)}`,
        ...cost.items.map((item) => `  ${itemText(item)}: ${dollars(item.usd)}`),
        `  ${sourceText(cost)}`,
      ]
    : [];

function CostDetails({ cost, label, ...look }: { cost: CostView; class?: string; label?: string }) {
  if (cost.items.length === 0 && cost.unpriced.length > 0) return <>{unpricedText(cost)}</>;
  return (
    <details {...look}>
      <summary>
        {label}
        {sumOf(cost)}
      </summary>
      <ul>
        {cost.items.map((item, i) => (
          <li key={i}>
            <span>{itemText(item)}</span>
            <span>{dollars(item.usd)}</span>
          </li>
        ))}
        <li>{trafficText(cost)}</li>
      </ul>
      <p class="quieter small">
        {cost.unpriced.length > 0 && `${unpricedText(cost)}. `}
        List prices in US dollars of {dayOf(cost.asOf)}, from <span class="mono">{placeOf(cost.source)}</span>, without discounts
        and taxes. What Claude uses comes on top.
      </p>
    </details>
  );
}

function sumOf({ is, usd, endUsd, unpriced }: CostView): string {
  const more = unpriced.length > 0 ? ", without traffic and what has no known price" : ", without traffic";
  if (is !== "running") return `about ${about(usd)}${more}`;
  return `${dollars(usd)} so far${endUsd === undefined ? "" : `, about ${about(endUsd)} by its end`}${more}`;
}

/** An estimate: two digits of small sums, whole dollars of large ones. */
function about(usd: number): string {
  if (usd < 1) return dollars(usd);
  return usd < 10 ? dollars(Math.round(usd * 10) / 10) : `$${Math.round(usd)}`;
}

function itemText({ kind, what, count: number, hours, unitUsd }: CostItemView): string {
  const time = hours === 0 ? "no time yet" : span(hours * 3_600_000);
  const together = number > 1 ? `${time} together` : time;
  switch (kind) {
    case "machine":
      return `${count(number, "machine")}, ${what}: ${together} at $${trimmed(unitUsd)} an hour`;
    case "disk":
      return `${count(number, "disk")} of ${what}, at $${trimmed(unitUsd)} a GB and month`;
    case "address":
      return `${count(number, "public address", "public addresses")}, at $${trimmed(unitUsd)} an hour`;
  }
}

/** `0.295`, `0.10`, `0.005` */
const trimmed = (usd: number): string => usd.toFixed(3).replace(/0$/, "");

function trafficText({ trafficGbUsd, learnerHours }: CostView): string {
  if (trafficGbUsd === undefined) return "Not counted: traffic to learners, whose price isn’t known here.";
  const most = about(learnerHours * TRAFFIC_GB_HOUR * trafficGbUsd);
  const bound =
    learnerHours > 0
      ? ` If every seat’s preview played a film all the time, it would be ${most}; a still one sends nothing.`
      : "";
  return `Not counted: traffic to learners, at $${trimmed(trafficGbUsd)} a GB.${bound}`;
}

const unpricedText = ({ unpriced }: CostView): string => `No price is known for ${unpriced.join(", ")}`;
const sourceText = ({ asOf, source }: CostView): string =>
  `by list prices of ${dayOf(asOf)} (${source}), without discounts and taxes`;

/** Pages lead to no other server; who looks it up needs no more than this. */
const placeOf = (source: string): string => {
  const { host, pathname } = new URL(source);
  return host + pathname.split("/").slice(0, 3).join("/");
};

/** `6 March 2025`: a day, in no time zone. */
const dayOf = (day: string): string =>
  new Date(`${day}T00:00:00Z`).toLocaleDateString("en-GB", { timeZone: "UTC", day: "numeric", month: "long", year: "numeric" });
