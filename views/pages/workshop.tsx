import { PortalPage } from "../layout.tsx";
import { bytes, count, seatList } from "../parts/amounts.ts";
import { Banner } from "../parts/banner.tsx";
import { AsleepBoard, Blackboard, BuildingBoard, WallBoard } from "../parts/board.tsx";
import { EnvironmentCard } from "../parts/environment.tsx";
import { Icon } from "../parts/icon.tsx";
import { ClaudeCard, ClaudeFacts, ClaudeTrouble } from "../parts/llm.tsx";
import { Archive, Receipt } from "../parts/receipt.tsx";
import { Roster } from "../parts/roster.tsx";
import { State } from "../parts/state.tsx";
import { Tasks } from "../parts/tasks.tsx";
import { Time } from "../parts/time.tsx";
import { type SeatView, type ShownWorkshop, takenFrom } from "../workshop.ts";

/** `/workshops/:id`. The whole of it is one live part, rendered again by the server at every change. */
export function WorkshopPage({ workshop }: { workshop: ShownWorkshop }) {
  return (
    <PortalPage title={`${workshop.name} – ClaraTeach`} signedIn beside={<div id="asked" />}>
      <Away />
      <div
        id="workshop"
        class="live"
        hx-sse:connect={`/workshops/${workshop.id}/events`}
        hx-swap="innerMorph"
        {...{ "hx-status:4xx": "swap:none" }}
      >
        <WorkshopLive workshop={workshop} />
      </div>
    </PortalPage>
  );
}

/** Shown while the page's stream is away; what stands below stays readable. */
function Away() {
  return (
    <div id="away" class="banner warn" role="status" hidden>
      <Icon name="warn" />
      <p>
        <strong>ClaraTeach doesn’t answer just now.</strong> What you see may be old; this page goes on by itself. Learners keep
        working.
      </p>
    </div>
  );
}

/** What the page shows first and every swap brings again. */
export function WorkshopLive({ workshop }: { workshop: ShownWorkshop }) {
  return (
    <>
      <Head workshop={workshop} />
      {workshop.state !== "stopping" && workshop.state !== "stopped" && <ClaudeTrouble workshop={workshop} />}
      {workshop.state === "created" && <Created workshop={workshop} />}
      {workshop.state === "provisioning" && <Provisioning workshop={workshop} />}
      {workshop.state === "running" && <Running workshop={workshop} />}
      {workshop.state === "failed" && <Failed workshop={workshop} />}
      {workshop.state === "stopping" && <Stopping workshop={workshop} />}
      {workshop.state === "stopped" && <Stopped workshop={workshop} />}
    </>
  );
}

function Head({ workshop }: { workshop: ShownWorkshop }) {
  const { id, state, now } = workshop;
  return (
    <header class="head">
      <div>
        <a class="back" href="/">
          <Icon name="back" small />
          Workshops
        </a>
        <h1>{workshop.name}</h1>
        <p class="meta">
          <State is={state} />
          {state === "running" && workshop.endsAt && (
            <span>
              <Time at={workshop.endsAt} now={now} show="left" /> left
            </span>
          )}
          <span>{count(workshop.seats.length, "seat")}</span>
          <span class="mono small">{id}</span>
        </p>
      </div>
      {state !== "stopping" && state !== "stopped" && (
        <div class="buttons">
          <a class="button danger outline" href={`/workshops/${id}/stop`} data-ask>
            Stop workshop…
          </a>
          {(state === "created" || state === "failed") && <StartButton id={id} again={state === "failed"} />}
        </div>
      )}
    </header>
  );
}

function StartButton({ id, again }: { id: string; again: boolean }) {
  const action = `/workshops/${id}/start`;
  return (
    <form method="post" action={action} hx-post={action} hx-target="#workshop" hx-swap="innerMorph" hx-disable="find button">
      <button type="submit" class="button primary">
        {again && <Icon name="reload" />}
        {again ? "Start again" : "Start workshop"}
      </button>
    </form>
  );
}

function Created({ workshop }: { workshop: ShownWorkshop }) {
  const { starter, hours } = workshop;
  return (
    <>
      <AsleepBoard workshop={workshop} />
      <section class="card">
        <div class="pad">
          <dl class="facts">
            <div>
              <dt>Starter files</dt>
              <dd>{starter ? `${starter.name}, ${starterSize(starter)}` : "none"}</dd>
            </div>
            <div>
              <dt>Length of class</dt>
              <dd>{count(hours, "hour")} from its start</dd>
            </div>
            <ClaudeFacts workshop={workshop} />
            <div>
              <dt>Made</dt>
              <dd>
                <Time at={workshop.createdAt} now={workshop.now} show="ago" />
              </dd>
            </div>
          </dl>
        </div>
      </section>
      <EnvironmentCard environment={workshop.environment} />
    </>
  );
}

function Provisioning({ workshop }: { workshop: ShownWorkshop }) {
  return (
    <>
      {workshop.failure ? (
        <FailureBanner failure={workshop.failure} bold="This start is being undone." />
      ) : (
        <BuildingBoard workshop={workshop} />
      )}
      <Happening workshop={workshop} title="What is happening" />
    </>
  );
}

function Running({ workshop }: { workshop: ShownWorkshop }) {
  return (
    <>
      <Guessing workshop={workshop} />
      <Late seats={workshop.seats.filter(({ late }) => late)} />
      <Blackboard workshop={workshop} />
      <div class="columns">
        <div class="stack">
          <Roster workshop={workshop} />
          <ClaudeCard workshop={workshop} />
        </div>
        <aside class="stack">
          <TimeLeft workshop={workshop} />
          <Facts workshop={workshop} />
          <EnvironmentCard environment={workshop.environment} />
          {workshop.isolation === "none" && (
            <Banner icon="info" bold="These seats are not walled off.">
              They run as you on this computer: let in only people you trust with it.
            </Banner>
          )}
          {workshop.imageDays !== undefined && <OldImage days={workshop.imageDays} />}
        </aside>
      </div>
      <dialog id="wall" class="board wall" aria-label="How to join, on the whole screen">
        <WallBoard
          workshop={workshop}
          leave={
            <form method="dialog">
              <button
                type="submit"
                class="button square close"
                aria-label="Leave the whole screen"
                title="Leave the whole screen"
              >
                <Icon name="close" />
              </button>
            </form>
          }
        />
      </dialog>
    </>
  );
}

/** Seats that could not be made don't hold up the class. */
function Late({ seats }: { seats: readonly SeatView[] }) {
  if (seats.length === 0) return null;
  const [it, was] = seats.length === 1 ? ["Seat", "it is"] : ["Seats", "they are"];
  const reasons = [...new Set(seats.flatMap(({ problem }) => problem ?? []))];
  return (
    <Banner kind="warn" bold={`${it} ${seatList(seats.map(({ seat }) => seat))} could not be made.`}>
      {reasons.map((reason) => `${reason}. `)}
      The machine tries again by itself, later each time. Nobody gets in there before {was} ready; whoever waits gets in then.
    </Banner>
  );
}

/** So many addresses are named; an attack from everywhere has thousands. */
const ADDRESSES_SHOWN = 3;

function Guessing({ workshop: { guessing, learners, now } }: { workshop: ShownWorkshop }) {
  if (!guessing) return null;
  const { wrong, since, addresses } = guessing;
  const shown = addresses.slice(0, ADDRESSES_SHOWN).map((address) => {
    const seats = takenFrom(learners, address).map(({ seat }) => seat);
    return seats.length > 0 ? `${address} (where ${seats.length === 1 ? "seat" : "seats"} ${seatList(seats)} sit)` : address;
  });
  const more = addresses.length - shown.length;
  return (
    <Banner kind="warn" bold="Somebody is guessing reconnect codes.">
      {count(wrong, "wrong one")} since <Time at={since} now={now} show="clock" />, from {shown.join(", ")}
      {more > 0 && ` and ${count(more, "more address", "more addresses")}`}. Guesses are slowed down so far that a hit is
      unlikely; learners come back as before.
    </Banner>
  );
}

/** Nothing for this class to do: running seats keep theirs. */
function OldImage({ days }: { days: number }) {
  return (
    <Banner kind="warn" bold={`The seats’ image is ${days} days old.`}>
      Its browser lacks what was mended since. Before the next class, whoever runs this server makes it anew:{" "}
      <code>sudo ./scripts/build-image</code>
    </Banner>
  );
}

function TimeLeft({ workshop }: { workshop: ShownWorkshop }) {
  if (!workshop.endsAt) return null;
  return (
    <section class="card">
      <div class="pad stack">
        <p class="quieter small">Time left</p>
        <p class="time-left">
          <Time at={workshop.endsAt} now={workshop.now} show="left" />
        </p>
        <p class="quieter small">
          Ends at <Time at={workshop.endsAt} now={workshop.now} show="when" />. Everything is destroyed then; learners see the
          time on their page.
        </p>
      </div>
    </section>
  );
}

function Facts({ workshop }: { workshop: ShownWorkshop }) {
  const { machines, starter, startedAt, now } = workshop;
  // Of several the one that is worst off.
  const machine = machines.find(({ answers }) => !answers) ?? machines[0];
  return (
    <section class="card">
      <div class="pad">
        <dl class="facts">
          {machine && (
            <div>
              <dt>Machine</dt>
              <dd>
                <State is={machine.answers ? "running" : "reconnecting"}>{machine.answers ? "answers" : "doesn’t answer"}</State>
                {!machine.answers && machine.note && <span class="quieter small note">{machine.note}</span>}
              </dd>
            </div>
          )}
          <div>
            <dt>Starter files</dt>
            <dd>{starter ? starterSize(starter) : "none"}</dd>
          </div>
          {startedAt && (
            <div>
              <dt>Started</dt>
              <dd>
                <Time at={startedAt} now={now} show="when" />
              </dd>
            </div>
          )}
        </dl>
      </div>
    </section>
  );
}

const starterSize = (starter: { bytes: number; files?: number }): string =>
  starter.files === undefined ? bytes(starter.bytes) : `${count(starter.files, "file")}, ${bytes(starter.bytes)}`;

function Failed({ workshop }: { workshop: ShownWorkshop }) {
  const { starter, failure } = workshop;
  const badStarter = starter && failure?.includes(starter.name) ? starter.name : undefined;
  return (
    <section class="stack">
      <FailureBanner failure={workshop.failure ?? "Nothing more is known."} bold="The workshop did not start." />
      <Happening workshop={workshop} title="What happened" />
      <p class="quieter small">
        Nothing is running now. The sealed API key is kept for another start.
        {badStarter && ` ${badStarter} stays as it is: to use other starter files, stop this workshop and make another.`}
      </p>
    </section>
  );
}

function FailureBanner({ failure, bold }: { failure: string; bold: string }) {
  return (
    <Banner kind="bad" blocks bold={bold}>
      {failure}
    </Banner>
  );
}

function Stopping({ workshop }: { workshop: ShownWorkshop }) {
  return (
    <>
      {workshop.archiveProblem && <NotPacked id={workshop.id} reason={workshop.archiveProblem} />}
      <Happening workshop={workshop} title="Taking everything down" />
    </>
  );
}

/** The only point where a stop waits: going on destroys work that was asked to be kept. */
function NotPacked({ id, reason }: { id: string; reason: string }) {
  const action = `/workshops/${id}/stop`;
  return (
    <div class="banner bad" role="alert">
      <Icon name="warn" />
      <div class="stack tight">
        <p>
          <strong>Everyone’s work could not be packed.</strong> {reason} The files are still there; nothing more is removed until
          you choose.
        </p>
        <form method="post" action={action} class="buttons">
          <button type="submit" class="button" name="keep" value="yes">
            Pack again
          </button>
          <button type="submit" class="button danger outline" name="keep" value="no">
            Destroy the work and go on
          </button>
        </form>
      </div>
    </div>
  );
}

function Happening({ workshop, title }: { workshop: ShownWorkshop; title: string }) {
  const { steps, state, now } = workshop;
  if (steps.length === 0) return null;
  const from = steps.find(({ startedAt }) => startedAt)?.startedAt;
  const ends = steps.flatMap(({ endedAt }) => endedAt ?? []).sort();
  const to = state === "failed" ? ends.at(-1) : undefined;
  return (
    <section class="card" aria-label={title}>
      <div class="title-row">
        <h2>{title}</h2>
        {from && (
          <span class="quieter small">
            {!to && "since "}
            <Time at={from} now={now} show="seconds" />
            {to && (
              <>
                {" to "}
                <Time at={to} now={now} show="seconds" />
              </>
            )}
          </span>
        )}
      </div>
      <Tasks tasks={steps} now={now} />
    </section>
  );
}

function Stopped({ workshop }: { workshop: ShownWorkshop }) {
  const { receipt, archive, id, now } = workshop;
  return (
    <section class="columns">
      {receipt ? (
        <Receipt receipt={receipt} workshop={workshop} />
      ) : (
        <Banner icon="info" bold="Nothing had been started.">
          There was nothing to remove but the sealed API key, and it is gone.
        </Banner>
      )}
      {(receipt || archive) && <Archive archive={archive} kept={workshop.keepWork} id={id} now={now} />}
    </section>
  );
}
