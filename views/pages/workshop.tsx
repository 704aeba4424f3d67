import { PortalPage } from "../layout.tsx";
import { count, starterSize } from "../parts/amounts.ts";
import { Banner, type Said, SaidBanner } from "../parts/banner.tsx";
import { AsleepBoard, BuildingBoard } from "../parts/board.tsx";
import { ChecksCard } from "../parts/checks.tsx";
import { CostCard, CostFact } from "../parts/cost.tsx";
import { EnvironmentCard } from "../parts/environment.tsx";
import { Icon } from "../parts/icon.tsx";
import { Asker, liveFrom } from "../parts/live.tsx";
import { ClaudeFacts } from "../parts/llm-key.tsx";
import { ClaudeTrouble } from "../parts/llm-trouble.tsx";
import { Archive, Receipt } from "../parts/receipt.tsx";
import { Running } from "../parts/running.tsx";
import { SeatChanges } from "../parts/seat-changes.tsx";
import { Sentence } from "../parts/sentence.tsx";
import { State } from "../parts/state.tsx";
import { Tasks } from "../parts/tasks.tsx";
import { Time } from "../parts/time.tsx";
import { Missed, PlannedTimes, TimesButtons } from "../parts/times.tsx";
import type { ShownWorkshop } from "../workshop.ts";

/** `/workshops/:id`. The whole of it is one live part, rendered again by the server at every change. @param said what stays above it */
export function WorkshopPage({ workshop, said }: { workshop: ShownWorkshop; said?: Said | undefined }) {
  const address = `/workshops/${workshop.id}`;
  return (
    <PortalPage title={`${workshop.name} – ClaraTeach`} signedIn beside={<div id="asked" />}>
      <Away />
      <div id="said">
        <SaidBanner said={said} />
      </div>
      <div id="workshop" class="live" {...liveFrom(address)}>
        <WorkshopLive workshop={workshop} />
      </div>
      <Asker of="workshop" from={address} />
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

/** What the page shows first and every swap brings again. @param refused why a start was, until the next change */
export function WorkshopLive({ workshop, refused }: { workshop: ShownWorkshop; refused?: string }) {
  return (
    <>
      <Head workshop={workshop} />
      {refused && (
        <Banner kind="bad" blocks bold="It did not start.">
          {refused}
        </Banner>
      )}
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
          {state === "provisioning" && !workshop.failure && workshop.startsAt && (
            <span>
              begins at <Time at={workshop.startsAt} now={now} show="when" />
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
  const { starter } = workshop;
  return (
    <>
      <Missed workshop={workshop} />
      <AsleepBoard workshop={workshop} />
      <section class="card">
        <div class="pad stack">
          <dl class="facts">
            <PlannedTimes workshop={workshop} />
            <div>
              <dt>Starter files</dt>
              <dd>{starter ? `${starter.name}, ${starterSize(starter)}` : "none"}</dd>
            </div>
            <CostFact cost={workshop.cost} />
            <ClaudeFacts workshop={workshop} />
            <div>
              <dt>Made</dt>
              <dd>
                <Time at={workshop.createdAt} now={workshop.now} show="ago" />
              </dd>
            </div>
          </dl>
          <TimesButtons workshop={workshop} />
        </div>
      </section>
      <ChecksCard workshop={workshop} />
      <EnvironmentCard workshop={workshop} />
    </>
  );
}

function Provisioning({ workshop }: { workshop: ShownWorkshop }) {
  return (
    <>
      {workshop.failure ? (
        <FailureBanner failure={workshop.failure} now={workshop.now} bold="This start is being undone." />
      ) : (
        <BuildingBoard workshop={workshop} />
      )}
      {workshop.changes.some(({ is }) => is === "waiting") && <SeatChanges workshop={workshop} />}
      <Happening workshop={workshop} title="What is happening" />
      <ChecksCard workshop={workshop} />
      <CostCard workshop={workshop} />
    </>
  );
}

function Failed({ workshop }: { workshop: ShownWorkshop }) {
  const { starter, failure } = workshop;
  const badStarter = starter && failure?.includes(starter.name) ? starter.name : undefined;
  return (
    <section class="stack">
      <FailureBanner
        failure={workshop.failure ?? "Nothing more is known."}
        now={workshop.now}
        bold="The workshop did not start."
      />
      <Happening workshop={workshop} title="What happened" />
      <CostCard workshop={workshop} />
      <p class="quieter small">
        Nothing is running now. The sealed API key is kept for another start.
        {badStarter && ` ${badStarter} stays as it is: to use other starter files, stop this workshop and make another.`}
      </p>
      <Missed workshop={workshop} />
      <section class="card">
        <div class="pad stack">
          <dl class="facts">
            <PlannedTimes workshop={workshop} />
          </dl>
          <TimesButtons workshop={workshop} />
        </div>
      </section>
      <ChecksCard workshop={workshop} />
      <EnvironmentCard workshop={workshop} />
    </section>
  );
}

/** @param failure why, and below it, a line each, what a machine said last */
function FailureBanner({ failure, bold, now }: { failure: string; bold: string; now: string }) {
  const [reason, ...said] = failure.split("\n");
  return (
    <>
      <Banner kind="bad" blocks bold={bold}>
        <Sentence words={reason ?? ""} now={now} />
      </Banner>
      {said.length > 0 && <pre class="line said-last">{said.join("\n")}</pre>}
    </>
  );
}

function Stopping({ workshop }: { workshop: ShownWorkshop }) {
  return (
    <>
      {workshop.archiveProblem && <NotPacked workshop={workshop} reason={workshop.archiveProblem} />}
      <Happening workshop={workshop} title="Taking everything down" />
      <CostCard workshop={workshop} />
    </>
  );
}

/** The only point where a stop waits: going on destroys work that was asked to be kept. */
function NotPacked({ workshop, reason }: { workshop: ShownWorkshop; reason: string }) {
  const { id, chooseUntil, machinesEnd, now } = workshop;
  const action = `/workshops/${id}/stop`;
  return (
    <div class="banner bad" role="alert">
      <Icon name="warn" />
      <div class="stack tight">
        <p>
          <strong>Everyone’s work could not be packed.</strong> {reason} The files are still there; nothing more is removed while
          you choose.
        </p>
        {chooseUntil && (
          <p>
            Decide until <Time at={chooseUntil} now={now} show="when" />: then what isn’t packed is destroyed
            {machinesEnd && (
              <>
                , for the cloud itself removes its machine <Time at={machinesEnd} now={now} show="atWhen" />
              </>
            )}
            .
          </p>
        )}
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
      {(receipt || archive) && (
        <Archive
          archive={archive}
          kept={workshop.keepWork}
          unpacked={workshop.unpacked ?? false}
          learners={workshop.learners.length}
          id={id}
          now={now}
        />
      )}
    </section>
  );
}
