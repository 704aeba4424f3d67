import { PortalPage } from "../layout.tsx";
import { bytes, count } from "../parts/amounts.ts";
import { Icon } from "../parts/icon.tsx";
import { Seats } from "../parts/seat.tsx";
import { Sentence } from "../parts/sentence.tsx";
import { State } from "../parts/state.tsx";
import { Time } from "../parts/time.tsx";
import { connected, ready, type WorkshopView } from "../workshop.ts";

export interface PortalProps {
  workshops: WorkshopView[];
  joinAddress: string;
  now: string;
}

/** `/`: the instructor's workshops. */
export function Portal(props: PortalProps) {
  return (
    <PortalPage title="Workshops – ClaraTeach" signedIn>
      <WorkshopList {...props} />
    </PortalPage>
  );
}

/** The live part of it: what goes on now changes while one looks. */
export function WorkshopList(props: PortalProps) {
  const { workshops } = props;
  return (
    <div id="workshops" class="live" hx-get="/" hx-trigger="every 4s" hx-swap="outerMorph">
      {workshops.length === 0 ? <Empty /> : <Groups {...props} />}
    </div>
  );
}

function Groups({ workshops, joinAddress, now }: PortalProps) {
  const of = (...states: WorkshopView["state"][]) => workshops.filter(({ state }) => states.includes(state));
  const running = of("running");
  const moving = of("provisioning", "stopping", "failed");
  return (
    <>
      <div class="head">
        <h1>Workshops</h1>
        <div class="buttons">
          <NewButton />
        </div>
      </div>
      {running.length + moving.length > 0 && (
        <section class="group">
          <h2>Now</h2>
          {running.map((workshop) => (
            <RunningCard key={workshop.id} workshop={workshop} joinAddress={joinAddress} now={now} />
          ))}
          <Rows workshops={moving} now={now} />
        </section>
      )}
      <Group title="Not started" workshops={of("created")} now={now} />
      <Group title="Over" workshops={of("stopped")} now={now} />
    </>
  );
}

function Group({ title, workshops, now }: { title: string; workshops: WorkshopView[]; now: string }) {
  if (workshops.length === 0) return null;
  return (
    <section class="group">
      <h2>{title}</h2>
      <Rows workshops={workshops} now={now} />
    </section>
  );
}

function RunningCard({ workshop, joinAddress, now }: { workshop: WorkshopView; joinAddress: string; now: string }) {
  const href = `/workshops/${workshop.id}`;
  return (
    <article class="card now" id={workshop.id}>
      <div class="board">
        <p class="quieter small">Join at {joinAddress}</p>
        <p class="code">{workshop.code}</p>
      </div>
      <div class="about">
        <div class="line">
          <h3>
            <a href={href}>{workshop.name}</a>
          </h3>
          <State is="running" />
        </div>
        <div class="line">
          <div class="stack tight">
            <Seats seats={workshop.seats.map(({ seat, session }) => ({ seat, is: session }))} size="mini" />
            <span class="quieter small">
              {connected(workshop.seats).length} of {count(workshop.seats.length, "seat")} connected
              {workshop.endsAt && (
                <>
                  {" · "}ends <Time at={workshop.endsAt} now={now} show="when" />, in{" "}
                  <Time at={workshop.endsAt} now={now} show="left" />
                </>
              )}
            </span>
          </div>
          <a class="button" href={href} aria-label={`Open “${workshop.name}”`}>
            Open
          </a>
        </div>
      </div>
    </article>
  );
}

function Rows({ workshops, now }: { workshops: WorkshopView[]; now: string }) {
  if (workshops.length === 0) return null;
  return (
    <div class="card rows">
      {workshops.map((workshop) => (
        <Row key={workshop.id} workshop={workshop} now={now} />
      ))}
    </div>
  );
}

function Row({ workshop, now }: { workshop: WorkshopView; now: string }) {
  const over = workshop.state === "stopped";
  return (
    <article class="row" id={workshop.id}>
      <div>
        <h3>
          <a href={`/workshops/${workshop.id}`}>{workshop.name}</a>
        </h3>
        <p class="sub">
          <Sub workshop={workshop} now={now} />
        </p>
      </div>
      {over ? (
        <span class="quieter small">
          {workshop.learners.length === 0 ? "nobody joined" : count(workshop.learners.length, "learner")}
        </span>
      ) : (
        <span class="code quieter">{workshop.code}</span>
      )}
      <State is={workshop.state} />
      <RowAction workshop={workshop} />
    </article>
  );
}

function Sub({ workshop, now }: { workshop: WorkshopView; now: string }) {
  switch (workshop.state) {
    case "provisioning":
      return (
        <>
          {workshop.failure
            ? "removing what was made"
            : `${ready(workshop.seats).length} of ${count(workshop.seats.length, "seat")} ready`}
        </>
      );
    case "failed":
      return <Sentence words={workshop.failure ?? ""} now={now} />;
    case "stopping":
      return <>{workshop.steps.find(({ is }) => is === "doing")?.summary ?? "taking everything down"}</>;
    case "stopped":
      return <Over workshop={workshop} now={now} />;
    default:
      return (
        <>
          {count(workshop.seats.length, "seat")}
          {workshop.starter && ` · starter files ${bytes(workshop.starter.bytes)}`}
          {workshop.startsAt ? " · begins " : " · made "}
          <Time at={workshop.startsAt ?? workshop.createdAt} now={now} show={workshop.startsAt ? "when" : "ago"} />
        </>
      );
  }
}

function Over({ workshop, now }: { workshop: WorkshopView; now: string }) {
  const { archive } = workshop;
  return (
    <>
      {workshop.stoppedAt && <Time at={workshop.stoppedAt} now={now} show="day" />}
      {archive ? (
        <>
          {" · "}work kept until <Time at={archive.keptUntil} now={now} show="day" />
        </>
      ) : (
        " · nothing kept"
      )}
    </>
  );
}

function RowAction({ workshop }: { workshop: WorkshopView }) {
  const href = `/workshops/${workshop.id}`;
  if (workshop.state === "created") {
    return (
      <form method="post" action={`${href}/start`} class="act">
        <button type="submit" class="button tiny" aria-label={`Start “${workshop.name}”`}>
          Start
        </button>
      </form>
    );
  }
  const word = workshop.state === "failed" ? "See why" : workshop.state === "stopped" ? "Receipt" : "Open";
  return (
    <a class="button tiny act" href={href} aria-label={`${word}: “${workshop.name}”`}>
      {word}
    </a>
  );
}

function Empty() {
  return (
    <section class="card empty">
      <Seats seats={[1, 2, 3, 4, 5].map((seat) => ({ seat, is: "free" }))} size="s" />
      <h1>No workshop yet</h1>
      <p>
        A workshop is one class: up to 99 seats, each with a terminal, an editor and a browser. Make it now and start it when the
        class begins; until then nothing runs.
      </p>
      <NewButton />
    </section>
  );
}

function NewButton() {
  return (
    <a class="button primary" href="/workshops/new">
      <Icon name="plus" />
      New workshop
    </a>
  );
}
