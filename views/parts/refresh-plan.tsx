import type { ComponentChildren } from "preact";
import type { RefreshPlanView, SeatOutlook } from "../definition.ts";
import { connected, type LearnerView, learnerName, type ShownWorkshop, stopped } from "../workshop.ts";
import { capital, count, inWords, seatList, two } from "./amounts.ts";

interface PlanProps {
  workshop: Pick<ShownWorkshop, "id" | "learners" | "seats">;
  plan: RefreshPlanView;
}

/** What a refresh would do: what is installed, and what becomes of each seat. It asks again by itself while that is still to change. */
export function RefreshPlanCard({ workshop, plan }: PlanProps) {
  const again = goesOn(plan) ? { "hx-get": `/workshops/${workshop.id}/plan`, "hx-trigger": "every 2s" } : {};
  return (
    <section id="plan" class="card" aria-labelledby="plan-title" aria-live="polite" hx-swap="outerMorph" {...again}>
      <div class="pad stack">
        <h2 id="plan-title">What a refresh would do</h2>
        {!plan.told && <p class="quieter">Not every machine has this definition yet; this is asked again by itself.</p>}
        <Installs sdks={plan.sdks} />
        <Outlook workshop={workshop} plan={plan} />
        {plan.problems.map(({ seats, problem }) => (
          <p key={problem}>
            <strong>
              Nothing is known of {seats.length === 1 ? "seat" : "seats"} {seatList(seats)}.
            </strong>{" "}
            {problem}
          </p>
        ))}
        {plan.seats.some(({ does }) => does === "restarts" || does === "live") && (
          <div class="buttons">
            <a class="button" href={`/workshops/${workshop.id}/seats/all/refresh`} data-ask>
              Refresh all seats…
            </a>
          </div>
        )}
      </div>
    </section>
  );
}

/** Something is under way, after which the plan is another one. */
const goesOn = ({ told, seats, problems }: RefreshPlanView): boolean =>
  !told || problems.length > 0 || seats.some(({ does }) => does === "busy" || does === "waits");

function Installs({ sdks }: Pick<RefreshPlanView, "sdks">) {
  if (sdks.length === 0) return null;
  const built = sdks.filter(({ layer }) => layer === "built").map(({ name }) => name);
  const reused = sdks.filter(({ layer }) => layer === "reused").map(({ name }) => name);
  if (built.length === 0)
    return (
      <p>
        <strong>Nothing has to be installed.</strong> All of it is there.
      </p>
    );
  return (
    <p>
      <strong>
        {capital(inWords(built.length))} {built.length === 1 ? "SDK is" : "SDKs are"} installed, once for all seats:
      </strong>{" "}
      <Names of={built} />.
      {reused.length > 0 && (
        <>
          {" "}
          There already: <Names of={reused} />.
        </>
      )}
    </p>
  );
}

const Names = ({ of }: { of: readonly string[] }) => <span class="mono">{of.join(", ")}</span>;

function Outlook({ workshop, plan }: PlanProps) {
  const of = (does: SeatOutlook) => plan.seats.filter((one) => one.does === does).map(({ seat }) => seat);
  const restarting = of("restarts");
  const changed = [...restarting, ...of("live")];
  const starting = stopped(workshop.seats).flatMap(({ seat }) => (changed.includes(seat) ? [seat] : []));
  return (
    <>
      <Seats are={restarting} verb={["restarts", "restart"]}>
        {restarting.length === 1 ? "Its" : "Their"} terminals and programs end. Files stay, and so do seat and reconnect code.{" "}
        <WhoIsThere learners={workshop.learners} seats={restarting} />
      </Seats>
      <Seats are={of("live")} verb={["is changed", "are changed"]}>
        Only connections differ: nothing there ends.
      </Seats>
      <Seats are={starting} verb={["is stopped", "are stopped"]}>
        {starting.length === 1 ? "It runs" : "They run"} after the refresh.
      </Seats>
      <Seats are={of("same")} verb={["stays as it is", "stay as they are"]} />
      <Seats are={of("busy")} verb={["is being worked on", "are being worked on"]}>
        That goes on with the definition that it began with.
      </Seats>
      <Seats are={of("waits")} verb={["waits for you", "wait for you"]}>
        Continuing goes on with the definition that the change there began with. Give that change up, then refresh, to take this
        one.
      </Seats>
      <Seats are={of("unmade")} verb={["isn’t there", "aren’t there"]}>
        {of("unmade").length === 1 ? "It is" : "They are"} made from this definition when{" "}
        {of("unmade").length === 1 ? "it is" : "they are"} made.
      </Seats>
    </>
  );
}

/** @param verb of one, and of more */
function Seats(props: { are: readonly number[]; verb: [string, string]; children?: ComponentChildren }) {
  const { are, verb, children } = props;
  if (are.length === 0) return null;
  return (
    <p>
      <strong>
        {are.length === 1 ? "Seat" : "Seats"} {seatList(are)} {verb[are.length === 1 ? 0 : 1]}.
      </strong>{" "}
      {children}
    </p>
  );
}

/** Names of learners whose terminals would end. */
function WhoIsThere({ learners, seats }: { learners: readonly LearnerView[]; seats: readonly number[] }) {
  const there = connected(learners).filter(({ seat }) => seats.includes(seat));
  if (there.length === 0) return <>Nobody is connected there now.</>;
  const names = there.slice(0, NAMES_SHOWN).map((learner) => `${learnerName(learner)} (${two(learner.seat)})`);
  const more = there.length - names.length;
  return (
    <>
      {capital(count(there.length, "learner"))} {there.length === 1 ? "is" : "are"} connected there now: {names.join(", ")}
      {more > 0 && ` and ${more} more`}.
    </>
  );
}

/** A class of thirty would fill the page. */
const NAMES_SHOWN = 10;
