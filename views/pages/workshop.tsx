import { PortalPage } from "../layout.tsx";
import { count, starterSize } from "../parts/amounts.ts";
import { Banner } from "../parts/banner.tsx";
import { AsleepBoard, BuildingBoard } from "../parts/board.tsx";
import { EnvironmentCard } from "../parts/environment.tsx";
import { Icon } from "../parts/icon.tsx";
import { ClaudeFacts } from "../parts/llm-key.tsx";
import { ClaudeTrouble } from "../parts/llm-trouble.tsx";
import { Archive, Receipt } from "../parts/receipt.tsx";
import { Running } from "../parts/running.tsx";
import { State } from "../parts/state.tsx";
import { Tasks } from "../parts/tasks.tsx";
import { Time } from "../parts/time.tsx";
import type { ShownWorkshop } from "../workshop.ts";

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
