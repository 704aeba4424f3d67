import type { ConnectionsView } from "../connections.ts";
import { PortalPage } from "../layout.tsx";
import { two } from "../parts/amounts.ts";
import { type Said, SaidBanner } from "../parts/banner.tsx";
import { Connections } from "../parts/connections.tsx";
import { Icon } from "../parts/icon.tsx";
import { SeatOrders, seatNow } from "../parts/renew.tsx";
import { Seat } from "../parts/seat.tsx";
import { Change } from "../parts/seat-changes.tsx";
import { State, type Stated } from "../parts/state.tsx";
import { learnerName, type SeatView, type ShownWorkshop } from "../workshop.ts";

export interface SeatPageProps {
  workshop: ShownWorkshop;
  seat: SeatView;
  /** Undefined: they can't be told now, for this reason. */
  connections: ConnectionsView | { why: string };
}

/** `/workshops/:id/seats/:seat`: how one seat is, what can be done with it and what it is connected with. @param said what stays above it */
export function SeatPage({ said, ...props }: SeatPageProps & { said?: Said | undefined }) {
  const { workshop, seat } = props;
  return (
    <PortalPage title={`Seat ${two(seat.seat)}, ${workshop.name} – ClaraTeach`} signedIn beside={<div id="asked" />}>
      <div id="said">
        <SaidBanner said={said} />
      </div>
      <SeatLive {...props} />
    </PortalPage>
  );
}

/** While something is done with the seat, and while nothing is: others may ask for it, from elsewhere. */
const LOOKS = { busy: "every 2s", idle: "every 5s" };

/** It asks again by itself, and at once when one of its own forms was answered. */
export function SeatLive({ workshop, seat, connections }: SeatPageProps) {
  const address = `/workshops/${workshop.id}/seats/${seat.seat}`;
  const own = workshop.changes.filter(({ seats }) => seats.includes(seat.seat));
  const goesOn = own.some(({ endedAt }) => endedAt === undefined) || seat.status === "pending";
  return (
    <div
      id="seat"
      class="live"
      hx-swap="outerMorph"
      hx-get={address}
      hx-trigger={`${goesOn ? LOOKS.busy : LOOKS.idle}, htmx:finally:request target:form`}
      {...{ "hx-status:4xx": "swap:none", "hx-status:5xx": "swap:none" }}
    >
      <Head workshop={workshop} seat={seat} />
      <section class="card" aria-labelledby="connections">
        <div class="title-row">
          <h2 id="connections">Connections</h2>
        </div>
        {"why" in connections ? (
          <p class="pad quieter">{connections.why}</p>
        ) : (
          <Connections address={`${address}/connections`} connections={connections} may={seat.operations.includes("connect")} />
        )}
      </section>
      {own.length > 0 && (
        <section class="card changes" aria-labelledby="own-changes">
          <div class="title-row">
            <h2 id="own-changes">Changes</h2>
          </div>
          {own.map((change) => (
            <Change key={change.id} change={change} workshop={workshop} />
          ))}
        </section>
      )}
    </div>
  );
}

/** Only what goes on turns. */
function lookOf({ seat, status = "ready" }: SeatView, { changes }: ShownWorkshop): Stated {
  if (status === "ready") return "ready";
  if (status === "error") return "failed";
  if (status === "waiting") return "disconnected";
  const goesOn = status === "pending" || changes.some(({ seats, endedAt }) => endedAt === undefined && seats.includes(seat));
  return goesOn ? "reconnecting" : "stopped";
}

function Head({ workshop, seat }: { workshop: ShownWorkshop; seat: SeatView }) {
  const learner = workshop.learners.find((one) => one.seat === seat.seat && one.session !== "expired");
  const now = seatNow(seat, workshop);
  return (
    <header class="head">
      <div>
        <a class="back" href={`/workshops/${workshop.id}`}>
          <Icon name="back" small />
          {workshop.name}
        </a>
        <h1>Seat {two(seat.seat)}</h1>
        <p class="meta">
          <Seat seat={seat.seat} is={learner?.session ?? "free"} />
          <State is={lookOf(seat, workshop)}>{now ? `It ${now}` : "Ready"}</State>
          <span>{learner ? learnerName(learner) : "Nobody sits there"}</span>
        </p>
        {now && seat.note && <p class="quieter small">{seat.note}</p>}
      </div>
      <div class="buttons">
        <SeatOrders seat={seat} workshop={workshop.id} />
      </div>
    </header>
  );
}
