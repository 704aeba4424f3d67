import { duration, partOf } from "../client/shared/when.ts";
import { ready, type SeatView, type ShownWorkshop, taken } from "../workshop.ts";
import { count } from "./amounts.ts";
import { Code } from "./code.tsx";
import { CopyButton } from "./copy.tsx";
import { Icon } from "./icon.tsx";
import { Qr } from "./qr.tsx";
import { Seats } from "./seat.tsx";

/** What the room reads while the workshop runs. */
export function Blackboard({ workshop }: { workshop: ShownWorkshop }) {
  return (
    <section class="board blackboard" aria-label="How to join">
      <div>
        <Where address={workshop.joinAddress} />
        <Code code={workshop.code} />
      </div>
      {isForThisComputer(workshop) ? <LetTheRoomIn /> : <Qr link={workshop.joinLink} label="QR code of the join link" />}
      <div class="buttons">
        <a class="button" href={`/workshops/${workshop.id}/board`} data-wall>
          <Icon name="wall" />
          Show on the whole screen
        </a>
        <CopyButton text={workshop.code} done="Code copied.">
          Copy code
        </CopyButton>
        <CopyButton text={workshop.joinLink} done="Link copied. Whoever opens it joins this workshop." icon="link">
          Copy link
        </CopyButton>
      </div>
    </section>
  );
}

/** The code of a workshop that doesn't run is an outline: nobody reads it off by mistake. */
export function AsleepBoard({ workshop }: { workshop: ShownWorkshop }) {
  return (
    <section class="board blackboard asleep" aria-label="The code">
      <div>
        <p class="where">Nothing runs yet. When it does, the code is</p>
        <Code code={workshop.code} />
      </div>
      <p class="quieter full">
        The seats come up one after the other, and you see each of them. Learners who type the code too early wait on their page
        and get in by themselves.
      </p>
      {isForThisComputer(workshop) && <LetTheRoomIn />}
    </section>
  );
}

/** Seats coming up one by one. */
export function BuildingBoard({ workshop }: { workshop: ShownWorkshop }) {
  const secondsLeft = guess(workshop);
  const done = Math.round(workshop.progress.fraction * 100);
  const boot = bootOf(workshop);
  return (
    <section class="board building" aria-label="Provisioning">
      <p class="count" aria-live="polite">
        {boot?.what ?? readySentence(workshop.seats)}
      </p>
      <Seats seats={workshop.seats.map(({ seat, build }) => ({ seat, is: build }))} size="big" />
      <progress class="bar" value={boot?.done ?? done} max={100} aria-label="Provisioning" {...boot?.counting} />
      <p class="foot">
        <span>
          Code <b class="mono">{workshop.code}</b> lets learners in as soon as the seats are ready.
        </span>
        {boot && <span>{boot.usual}</span>}
        {secondsLeft !== undefined && <span>About {count(secondsLeft, "second")} left</span>}
      </p>
    </section>
  );
}

/** The first minutes of a class in a cloud: nothing of its seats can move yet. */
function bootOf({ machines, steps, usualBootMs, now }: ShownWorkshop) {
  const since = steps.find(({ key, is }) => key === "create" && is === "doing")?.startedAt;
  if (since === undefined || !machines.some(({ place }) => place !== undefined)) return undefined;
  const usual = usualBootMs ?? BOOT_MS;
  return {
    what: machines.length === 1 ? "The machine is starting up" : `${machines.length} machines are starting up`,
    usual:
      usualBootMs === undefined ? "Most often that takes one to three minutes." : `Lately that took ${duration(usualBootMs)}.`,
    done: partOf(usual, Date.parse(now) - Date.parse(since)),
    counting: { "data-since": since, "data-usual": usual },
  };
}

/** Of a machine of a cloud, where none was measured yet. */
const BOOT_MS = 120_000;

/** A guess made of less than this part of the work is no guess. */
const GUESS_FROM = 0.15;

/** Seconds left, if what remains takes as long in proportion as what is done: so it is with seats, not with what is fetched and installed. */
function guess({ steps, progress: { fraction }, now }: ShownWorkshop): number | undefined {
  const from = steps.find(({ startedAt }) => startedAt)?.startedAt;
  const elapsed = from ? (Date.parse(now) - Date.parse(from)) / 1000 : 0;
  const onlySeats = steps.every(({ key, is }) => is !== "doing" || key.startsWith("seat"));
  if (fraction < GUESS_FROM || elapsed <= 0 || !onlySeats) return undefined;
  return Math.max(1, Math.round((elapsed / fraction) * (1 - fraction)));
}

/** `6 of 10 seats are ready` */
export function readySentence(seats: readonly SeatView[]): string {
  return `${ready(seats).length} of ${count(seats.length, "seat")} ${seats.length === 1 ? "is" : "are"} ready`;
}

/** What stays on the wall when the class is over: nobody types a code from it any more. */
export function EndedWall({ workshop }: { workshop: ShownWorkshop }) {
  return (
    <>
      <p class="where">
        <b>“{workshop.name}” has ended.</b>
      </p>
      <p class="where">Its code lets nobody in any more.</p>
    </>
  );
}

/** The same board as wide as the wall: a dialog over the workshop's page, or a page of its own on a second screen. */
export function WallBoard({ workshop, leave }: { workshop: ShownWorkshop; leave: preact.ComponentChildren }) {
  return (
    <>
      <Where address={workshop.joinAddress} />
      <Code code={workshop.code} />
      <div class="low">
        {isForThisComputer(workshop) ? (
          <LetTheRoomIn />
        ) : (
          <div>
            <Qr link={workshop.joinLink} label="QR code of the join link" />
            <p class="quieter">
              or point a phone’s
              <br />
              camera here
            </p>
          </div>
        )}
        <p class="quieter">
          {taken(workshop.seats).length} of {count(workshop.seats.length, "seat")} taken
        </p>
      </div>
      {leave}
    </>
  );
}

const LOOPBACK = /^https?:\/\/(localhost|127(\.\d+){3}|\[::1\])(:|\/|$)/;

/** A phone that opened the join page or a seat by these addresses would look for them on itself. */
function isForThisComputer({ joinLink, url = joinLink }: ShownWorkshop): boolean {
  return LOOPBACK.test(joinLink) || LOOPBACK.test(url);
}

/** In place of a QR code that nobody could use. */
function LetTheRoomIn() {
  return (
    <div class="let-in full">
      <p>
        <b>Only this computer can open this workshop.</b> To let a room in, run ClaraTeach on a server with a name of its own:
      </p>
      <p>
        <code>sudo ./scripts/start --runtime docker --domain class.example.org</code>
      </p>
      <p>The README says what that needs: “On your own server”.</p>
    </div>
  );
}

function Where({ address }: { address: string }) {
  return (
    <p class="where">
      Go to <b>{address}</b> and type
    </p>
  );
}
