import { connected, type LearnerView, learnerName, type SeatView, type ShownWorkshop, takenFrom } from "../workshop.ts";
import { allSeats, capital, inWords, seatList, two } from "./amounts.ts";
import { CopyButton } from "./copy.tsx";
import { SeatOrders, seatNow } from "./renew.tsx";
import { Seat, type SeatIs, Seats } from "./seat.tsx";
import { SeatMenu, SeatsRow, SeatTable } from "./seat-table.tsx";
import { State } from "./state.tsx";
import { Time } from "./time.tsx";

/** Who sits where, and whether they are there. */
export function Roster({ workshop }: { workshop: ShownWorkshop }) {
  const { seats, learners } = workshop;
  const free = seats.filter(({ session }) => session === "free" || session === "expired");
  if (learners.length === 0) return <Nobody seats={seats} />;
  return (
    <section class="card" aria-labelledby="learners">
      <div class="title-row">
        <h2 id="learners">Learners</h2>
        <span class="quieter small" aria-live="polite">
          {connected(seats).length} of {seats.length} connected
        </span>
      </div>
      <SeatTable columns={["Seat", "Name", "State", "Since"]}>
        {learners.map((learner) => (
          <Row key={rowId(learner)} learner={learner} workshop={workshop} />
        ))}
        <FreeRow seats={free.filter(({ late }) => late)} one="is not ready yet" many="are not ready yet" />
        <FreeRow seats={free.filter(({ wiping, late }) => wiping && !late)} one="is being made anew" many="are being made anew" />
        {free.map((seat) => !seat.wiping && <OddRow key={seat.seat} seat={seat} workshop={workshop} />)}
        <FreeRow seats={free.filter((seat) => !seat.wiping && !seatNow(seat, workshop))} one="is free" many="are free" />
      </SeatTable>
      <SharedAddresses workshop={workshop} />
    </section>
  );
}

/** Several seats of one address: a class in one room, or one person who takes seats with browser after browser. */
function SharedAddresses({ workshop: { id, learners } }: { workshop: ShownWorkshop }) {
  const addresses = [...new Set(learners.flatMap(({ address }) => address ?? []))];
  const shared = addresses.map((address) => ({ address, seats: takenFrom(learners, address).map(({ seat }) => seat) }));
  return shared
    .filter(({ seats }) => seats.length > 1)
    .map(({ address, seats }) => (
      <p key={address} class="shared-address">
        <span>
          Seats {seatList(seats)} were taken from one address, <span class="mono">{address}</span>
        </span>
        <a class="button quiet" href={`/workshops/${id}/seats/free?${new URLSearchParams({ address })}`} data-ask>
          Free these seats…
        </a>
      </p>
    ));
}

/** Stable, so that a swap finds the row again; a seat has one learner at a time, and those it had before. */
const rowId = ({ seat, session, since }: LearnerView): string =>
  session === "expired" ? `was-${two(seat)}-${Date.parse(since)}` : `seat-${two(seat)}`;

function Row({ learner: seat, workshop }: { learner: LearnerView; workshop: ShownWorkshop }) {
  const place = seat.session === "expired" ? undefined : workshop.seats.find((one) => one.seat === seat.seat);
  const now = place && seatNow(place, workshop);
  return (
    <tr id={rowId(seat)}>
      <td>
        <Seat seat={seat.seat} is={placeIs(seat.session, place)} />
      </td>
      <td class={seat.name ? "who" : "who nameless"}>{learnerName(seat)}</td>
      <td class="how">
        <State is={seat.session} />
        {seat.viewers > 1 && <span class="quieter small">{inWords(seat.viewers)} tabs</span>}
        {now && <span class="quieter small place">Seat {now}</span>}
      </td>
      <td class="since">
        <Time at={seat.since} now={workshop.now} show="clock" />
        <Aside seat={seat} now={workshop.now} />
      </td>
      <td>
        <LearnerMenu seat={seat} place={place} workshop={workshop.id} />
      </td>
    </tr>
  );
}

/** Of those who aren't there one wants to know since how long. */
function Aside({ seat, now }: { seat: LearnerView; now: string }) {
  if (seat.session === "expired") return <>, seat freed</>;
  if (seat.session === "connected") return null;
  return (
    <>
      , <Time at={seat.since} now={now} show="ago" />
    </>
  );
}

/** One that is being worked on, or broken, shows that; all others how their learner is. */
function placeIs(session: SeatIs, place: SeatView | undefined): SeatIs {
  if (place?.status === "pending") return "working";
  return place?.status === "error" ? "failed" : session;
}

interface MenuProps {
  seat: LearnerView;
  place: SeatView | undefined;
  workshop: string;
}

function LearnerMenu({ seat, place, workshop }: MenuProps) {
  if (seat.session === "expired") return null;
  return (
    <SeatMenu id={`menu-${two(seat.seat)}`} label={`Seat ${two(seat.seat)}: more`}>
      {seat.odehash && (
        <p class="reconnect">
          <span>
            <span class="quieter small">Reconnect code</span>
            <b class="mono">{seat.odehash}</b>
          </span>
          <CopyButton text={seat.odehash} done="Reconnect code copied. It opens this learner’s seat." tiny>
            Copy
          </CopyButton>
        </p>
      )}
      <a class="button quiet" href={`/workshops/${workshop}/seats/${seat.seat}`}>
        Look at seat {two(seat.seat)}
      </a>
      {place && <SeatOrders seat={place} workshop={workshop} quiet />}
      <a class="button quiet" href={`/workshops/${workshop}/seats/${seat.seat}/free`} data-ask>
        Free seat {two(seat.seat)}…
      </a>
    </SeatMenu>
  );
}

/** Nobody sits there, and nobody can just now. */
function OddRow({ seat, workshop }: { seat: SeatView; workshop: ShownWorkshop }) {
  const now = seatNow(seat, workshop);
  if (!now) return null;
  return (
    <tr class="odd">
      <td>
        <Seat seat={seat.seat} is={placeIs("free", seat)} />
      </td>
      <td class="how" colSpan={3}>
        Seat {two(seat.seat)} is free; it {now}
      </td>
      <td>
        <SeatMenu id={`menu-${two(seat.seat)}`} label={`Seat ${two(seat.seat)}: more`}>
          <SeatOrders seat={seat} workshop={workshop.id} quiet />
        </SeatMenu>
      </td>
    </tr>
  );
}

/** Nobody sits there. */
function FreeRow({ seats, one, many }: { seats: SeatView[]; one: string; many: string }) {
  const is = seats[0]?.wiping ? seats[0].build : "free";
  return <SeatsRow seats={seats.map(({ seat }) => seat)} is={is} one={one} many={many} />;
}

function Nobody({ seats }: { seats: SeatView[] }) {
  return (
    <section class="card empty">
      <Seats seats={seats.map(({ seat, wiping, build }) => ({ seat, is: wiping ? build : "free" }))} size="s" />
      <h2>{freeSentence(seats.filter(({ wiping }) => !wiping).length, seats.length)}</h2>
      <p>Learners appear here as they join. Put the code on the wall, or send the link.</p>
    </section>
  );
}

function freeSentence(offered: number, total: number): string {
  if (total === 1) return offered === 1 ? "The seat is ready and free" : "The seat is not ready yet";
  const some = `${capital(inWords(offered))} of ${inWords(total)}`;
  return offered === total ? `${allSeats(total)} are ready and free` : `${some} seats are ready and free`;
}
