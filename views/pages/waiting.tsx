import { DoorPage } from "../layout.tsx";
import { allSeats } from "../parts/amounts.ts";
import { type BuildState, Seats } from "../parts/seat.tsx";
import { Time } from "../parts/time.tsx";

export interface WaitingProps {
  workshop: string;
  code: string;
  name: string;
  odehash: string;
  seats: { seat: number; is: BuildState }[];
  /** `open`: the seats are ready, and the page goes on. */
  door: "soon" | "open";
  /** The class runs, and the seats that are ready are taken. */
  full: boolean;
  /** It begins by itself then, ISO 8601; not once that has passed. */
  startsAt?: string;
  now: string;
}

/** Without scripts the page is loaded again; ten learners who wait then cost two requests a second. */
const REFRESH_SECONDS = 5;

/** `/join/waiting`: the code is right, the seats aren't ready yet. */
export function Waiting(props: WaitingProps) {
  return (
    <DoorPage
      title={`${titleOf(props)} – ClaraTeach`}
      homeHref="/join"
      refreshWithoutScript={props.door === "soon" ? REFRESH_SECONDS : 0}
    >
      <WaitingDoor {...props} />
    </DoorPage>
  );
}

/** Asks again every 2 s; once the door is open it goes on by itself. */
export function WaitingDoor(props: WaitingProps) {
  const query = new URLSearchParams({ code: props.code, name: props.name, odehash: props.odehash });
  return (
    <div
      id="door"
      class="live"
      {...(props.door === "soon"
        ? { "hx-get": `/join/waiting?${query}`, "hx-trigger": "every 2s", "hx-swap": "outerMorph" }
        : {})}
    >
      <section class="board waiting">
        <h1>{titleOf(props)}</h1>
        {props.startsAt && (
          <p class="begins">
            Begins <Time at={props.startsAt} now={props.now} show="when" />
          </p>
        )}
        <p aria-live="polite">{sentenceOf(props)}</p>
        <Seats seats={props.seats} size="s" />
        <p class="quieter small">
          Joining {props.name && `as ${props.name} `}with {props.code}
        </p>
      </section>
      {props.door === "open" && <GoOn {...props} />}
      {props.door === "soon" && (
        <p class="quieter small">
          Meanwhile, in another tab:{" "}
          <a href={`/check/${encodeURIComponent(props.code)}`} target="_blank" rel="noopener">
            check your network
          </a>
        </p>
      )}
      <a class="button quiet" href="/join">
        Cancel
      </a>
    </div>
  );
}

const titleOf = ({ door, full }: WaitingProps): string =>
  door === "open" ? "Your seat is ready" : full ? "Your seat is still being made" : "You are early";

function sentenceOf({ door, full, workshop, seats }: WaitingProps): string {
  const ready = seats.filter(({ is }) => is === "ready").length;
  if (door === "open")
    return ready === seats.length
      ? `${allSeats(ready)} of “${workshop}” ${ready === 1 ? "is" : "are"} ready.`
      : `“${workshop}” has begun.`;
  const how = full
    ? "is running, and the seats that are ready are taken: one that isn’t yet will be yours"
    : ready === 0
      ? "hasn’t started yet"
      : `is getting its seats ready: ${ready} of ${seats.length}`;
  return `“${workshop}” ${how}. This page goes on by itself; keep it open.`;
}

/** Sent by itself where scripts run. */
function GoOn({ code, name, odehash }: WaitingProps) {
  return (
    <form method="post" action="/join" hx-post="/join" hx-target="#door" hx-swap="outerMorph" hx-trigger="load, submit">
      <input type="hidden" name="mode" value={odehash ? "reconnect" : "enter"} />
      <input type="hidden" name="code" value={code} />
      <input type="hidden" name="name" value={name} />
      <input type="hidden" name="odehash" value={odehash} />
      <button type="submit" class="button primary wide">
        Join now
      </button>
    </form>
  );
}
