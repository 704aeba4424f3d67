import { DoorPage } from "../layout.tsx";
import { two } from "../parts/amounts.ts";
import { Banner } from "../parts/banner.tsx";
import { Field } from "../parts/field.tsx";
import { Icon } from "../parts/icon.tsx";
import { Seat } from "../parts/seat.tsx";
import { Time } from "../parts/time.tsx";

/** How the last try ended, where it didn't let the learner in. */
export interface JoinProblem {
  code?: string;
  odehash?: string;
  name?: string;
  /** All seats are taken and the like: nothing typed is wrong. */
  banner?: { bold: string; rest: string };
  /** Too many wrong codes: whose, and how many seconds nothing is taken. */
  wait?: { bold: string; seconds: number };
}

export interface JoinProps {
  /** `reconnect` asks for the reconnect code in place of a name. */
  mode: "enter" | "reconnect";
  typed: { code: string; name: string; odehash: string };
  problem?: JoinProblem;
  /** The seat this browser had. */
  again?: AgainView;
  /** Chosen for "Join as someone else": sent with it, so that pressing twice takes one seat. */
  otherBrowser?: string;
  limits: { name: number };
}

export interface AgainView {
  workshop: string;
  code: string;
  seat: number;
  name: string;
  odehash: string;
  now: string;
  endsAt?: string;
}

/** `/join` */
export function Join(props: JoinProps) {
  return (
    <DoorPage title="Join a workshop – ClaraTeach" homeHref="/join">
      <JoinDoor {...props} />
    </DoorPage>
  );
}

/** The part that a refused try is swapped for. */
export function JoinDoor(props: JoinProps) {
  return (
    <div id="door" class="live">
      <Title {...props} />
      {props.again && <Again again={props.again} />}
      {props.again && <p class="or">not you, or another workshop</p>}
      <JoinForm {...props} />
      <OtherWay mode={props.mode} code={props.typed.code} />
      <CheckNetwork code={props.typed.code} />
    </div>
  );
}

function Title({ mode, again }: JoinProps) {
  const [title, more] = again
    ? ["Welcome back", "Your terminal and files are as you left them."]
    : mode === "enter"
      ? ["Join a workshop", "Type the code your instructor shows."]
      : [
          "Back to your seat",
          "The code of the workshop and your own reconnect code bring you to the same terminal and the same files.",
        ];
  return (
    <div>
      <h1>{title}</h1>
      <p>{more}</p>
    </div>
  );
}

function Again({ again }: { again: AgainView }) {
  return (
    <form
      class="card again"
      method="post"
      action="/join"
      hx-post="/join"
      hx-target="#door"
      hx-swap="outerMorph"
      hx-sync="this:drop"
    >
      <Seat seat={again.seat} is="assigned" size="big" />
      <div>
        <p class="who">{again.name || "No name given"}</p>
        <p class="quieter small">
          {again.workshop}
          {again.endsAt && (
            <>
              <br />
              ends <Time at={again.endsAt} now={again.now} show="when" />
            </>
          )}
        </p>
      </div>
      <input type="hidden" name="code" value={again.code} />
      <input type="hidden" name="odehash" value={again.odehash} />
      <button type="submit" class="button primary wide">
        {again.name ? `Continue as ${again.name}` : `Continue in seat ${again.seat}`}
      </button>
    </form>
  );
}

function JoinForm(props: JoinProps) {
  const { mode, typed, problem, again, otherBrowser, limits } = props;
  return (
    <form
      id="join"
      method="post"
      action="/join"
      novalidate
      hx-post="/join"
      hx-target="#door"
      hx-swap="outerMorph"
      hx-disable="find button"
      hx-sync="this:drop"
      {...(problem?.wait ? { "data-pause": String(problem.wait.seconds) } : {})}
    >
      <input type="hidden" name="mode" value={mode} />
      {again && otherBrowser && <input type="hidden" name="other" value={otherBrowser} />}
      {problem?.banner && (
        <Banner kind="bad" blocks bold={problem.banner.bold}>
          {problem.banner.rest}
        </Banner>
      )}
      {problem?.wait && (
        <Banner kind="warn" icon="clock" blocks bold={problem.wait.bold}>
          You can try again in <span data-count>{problem.wait.seconds}</span> seconds.
        </Banner>
      )}
      <Field id="code" label="Workshop code" problem={problem?.code}>
        {(control) => (
          <input
            {...control}
            name="code"
            class="code-input"
            value={typed.code}
            placeholder="WORD-0000"
            autocomplete="off"
            autocapitalize="characters"
            spellcheck={false}
            maxLength={24}
            required
            autofocus={!again && !typed.code}
          />
        )}
      </Field>
      {mode === "enter" ? (
        <Field id="name" label="Your name" optional="optional, so that your instructor can find you" problem={problem?.name}>
          {(control) => (
            <input
              {...control}
              name="name"
              value={typed.name}
              autocomplete="nickname"
              maxLength={limits.name}
              autofocus={!again && Boolean(typed.code) && !problem}
            />
          )}
        </Field>
      ) : (
        <Field
          id="odehash"
          label="Your reconnect code"
          hint="Five letters and digits. It stood at the top of your page."
          problem={problem?.odehash}
        >
          {(control) => (
            <input
              {...control}
              name="odehash"
              class="code-input low"
              value={typed.odehash}
              placeholder="00000"
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              maxLength={12}
              required
            />
          )}
        </Field>
      )}
      <Submit again={Boolean(again)} mode={mode} />
    </form>
  );
}

function Submit({ again, mode }: { again: boolean; mode: JoinProps["mode"] }) {
  const word = mode === "reconnect" ? "Back to my seat" : again ? "Join as someone else" : "Join";
  return (
    <button type="submit" class={again && mode === "enter" ? "button wide" : "button primary wide"} data-word={word}>
      {word}
    </button>
  );
}

function OtherWay({ mode, code }: { mode: JoinProps["mode"]; code: string }) {
  const rest = code ? `code=${encodeURIComponent(code)}` : "";
  return mode === "enter" ? (
    <p class="quieter small">
      Lost your place? <a href={`/join?reconnect${rest && `&${rest}`}`}>Come back with your reconnect code</a>
    </p>
  ) : (
    <p class="quieter small">
      First time here? <a href={`/join${rest && `?${rest}`}`}>Join with the code only</a>
    </p>
  );
}

/** Best the day before, while somebody can still be asked to let the class through. */
function CheckNetwork({ code }: { code: string }) {
  return (
    <p class="quieter small">
      In a new place? <a href={code ? `/check?${new URLSearchParams({ code })}` : "/check"}>Check your network</a>
    </p>
  );
}

/** After the stop: nobody joins or comes back. */
export interface EndedProps {
  workshop: string;
  now: string;
  endedAt?: string;
  keptUntil?: string;
  /** The seat this browser had there. */
  mine?: { seat: number; name: string; freed: boolean };
}

export function Ended({ workshop, now, endedAt, keptUntil, mine }: EndedProps) {
  return (
    <DoorPage title="This workshop ended – ClaraTeach" homeHref="/join">
      <section class="stack">
        <h1>This workshop ended</h1>
        <p class="quieter">
          “{workshop}” was stopped
          {endedAt && (
            <>
              {" on "}
              <Time at={endedAt} now={now} show="dayClock" />
            </>
          )}
          . Its seats and files are gone, so nobody can join or come back.
        </p>
        {keptUntil && (
          <div class="banner">
            <Icon name="folder" />
            <p>
              Your instructor kept an archive of everyone’s work until <Time at={keptUntil} now={now} show="day" />.{" "}
              <Folder mine={mine} />
            </p>
          </div>
        )}
        <div class="buttons">
          <a class="button" href="/join">
            Join another workshop
          </a>
        </div>
      </section>
    </DoorPage>
  );
}

function Folder({ mine }: { mine: EndedProps["mine"] | undefined }) {
  if (!mine) return <>Ask for your folder; it has the number of your seat.</>;
  if (mine.freed)
    return <>Seat {two(mine.seat)}, which you had, was freed before the end; its files went then and aren’t in it.</>;
  return (
    <>
      Ask for your folder: <strong>{[`seat ${two(mine.seat)}`, mine.name].filter(Boolean).join(", ")}</strong>.
    </>
  );
}
