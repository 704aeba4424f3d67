import type { ComponentChildren } from "preact";
import { amounts, dollars } from "../client/shared/money.ts";
import type { KeyTrial, LlmSeatView, LlmTrouble, LlmUse, LlmView } from "../llm.ts";
import { learnerName, type ShownWorkshop } from "../workshop.ts";
import { two } from "./amounts.ts";
import { Banner } from "./banner.tsx";
import { Seat } from "./seat.tsx";
import { SeatMenu, SeatsRow, SeatTable } from "./seat-table.tsx";
import { State } from "./state.tsx";

/** What is wrong with Claude and what to do about it: above everything else of a class, as long as it lasts. */
export function ClaudeTrouble({ workshop: { id, llm, state } }: { workshop: ShownWorkshop }) {
  const running = state === "running";
  return (
    <>
      {isTrouble(llm.state) && !(llm.state === "no-key" && !llm.message) && (
        <Banner kind={WAITS.includes(llm.state) ? "warn" : "bad"} bold={TROUBLE[llm.state].bold} blocks={running}>
          {llm.message && `Reason: “${llm.message}”. `}
          {TROUBLE[llm.state].rest} {running && KEY_HELPS.includes(llm.state) && GOES_ON}{" "}
          {KEY_HELPS.includes(llm.state) && <ReplaceKey id={id} />}
        </Banner>
      )}
      {running && llm.paused && (
        <Banner kind="warn" bold="Claude is paused for everybody.">
          Learners are told so when they ask it something, and on their page.
        </Banner>
      )}
      {running && llm.usedUp && (
        <Banner kind="warn" bold={`The class’s budget of ${dollars(llm.workshopUsd)} is used up.`}>
          Claude answers nobody until it is raised. <a href={`/workshops/${id}/claude`}>Caps and models</a>
        </Banner>
      )}
    </>
  );
}

const GOES_ON = "Learners go on with their next request then.";

const ReplaceKey = ({ id }: { id: string }) => <a href={`/workshops/${id}/claude#key`}>Replace the key…</a>;

const isTrouble = (state: LlmView["state"]): state is LlmTrouble => state !== "ok" && state !== "paused";
/** Passes by itself. */
const WAITS: LlmTrouble[] = ["limited", "unreachable"];
const KEY_HELPS: LlmTrouble[] = ["no-key", "refused", "no-credit"];

const TROUBLE: Record<LlmTrouble, { bold: string; rest: string }> = {
  "no-key": {
    bold: "The API key could not be handed to the machine.",
    rest: "That is tried again every few seconds; until then Claude answers nobody.",
  },
  refused: {
    bold: "The API key is refused.",
    rest: "Copy it again from where you made it, or make a new one.",
  },
  "no-credit": {
    bold: "The account of the API key is out of credit.",
    rest: "Add credit there, or use another account’s key.",
  },
  unreachable: {
    bold: "Claude can’t be reached.",
    rest: "Look whether this server has a connection, and whether CLARATEACH_LLM_URL is right. It is tried again by itself.",
  },
  limited: {
    bold: "Claude asks the class to wait.",
    rest: "The account’s rate limit is reached, or the API is at capacity. Requests go on by themselves; a higher limit is asked for at the API’s console.",
  },
};

/** Use and caps of a running class, and who may go on. */
export function ClaudeCard({ workshop }: { workshop: ShownWorkshop }) {
  const { id, llm } = workshop;
  const quiet = llm.seats.filter((seat) => !isNotable(seat, workshop)).map(({ seat }) => seat);
  const nothing = `asked nothing; up to ${dollars(llm.seatUsd)} each`;
  return (
    <section class="card claude" aria-labelledby="claude">
      <div class="title-row">
        <h2 id="claude">Claude</h2>
        <span class="quieter small">
          {llm.paused && "paused for everybody, "}
          {spent(llm, llm.workshopUsd)}, {amounts(llm)}
        </span>
      </div>
      <SeatTable columns={["Seat", "Used", "Requests and tokens", "State"]}>
        {llm.seats
          .filter((seat) => isNotable(seat, workshop))
          .map((seat) => (
            <Row key={seat.seat} seat={seat} workshop={workshop} />
          ))}
        <SeatsRow seats={quiet} is="free" one={`has ${nothing}`} many={`have ${nothing}`} />
      </SeatTable>
      <div class="pad buttons">
        <Order id={id} what={llm.paused ? "resume" : "pause"}>
          {llm.paused ? "Let Claude go on for all" : "Pause Claude for all"}
        </Order>
        <a class="button" href={`/workshops/${id}/claude`}>
          Caps, models and key…
        </a>
      </div>
    </section>
  );
}

/** Somebody sits there, something was asked, or it differs from the others. */
const isNotable = (seat: LlmSeatView, { llm, learners }: ShownWorkshop): boolean =>
  seat.requests > 0 || seat.paused || seat.limitUsd !== llm.seatUsd || sitting(learners, seat.seat) !== undefined;

const sitting = (learners: ShownWorkshop["learners"], seat: number) =>
  learners.find((one) => one.seat === seat && one.session !== "expired");

function Row({ seat, workshop }: { seat: LlmSeatView; workshop: ShownWorkshop }) {
  const learner = sitting(workshop.learners, seat.seat);
  return (
    <tr id={`claude-${two(seat.seat)}`}>
      <td>
        <Seat seat={seat.seat} is={learner?.session ?? "free"} />
      </td>
      <td class="who">
        {spent(seat, seat.limitUsd)}
        {learner && <span class="quieter small whose">{learnerName(learner)}</span>}
      </td>
      <td class="how">{amounts(seat)}</td>
      <td class={workshop.llm.paused || seat.paused || seat.usedUp ? "said" : "since"}>
        <SeatState seat={seat} all={workshop.llm} />
      </td>
      <td>
        <SeatOrders seat={seat} workshop={workshop} />
      </td>
    </tr>
  );
}

function SeatState({ seat, all }: { seat: LlmSeatView; all: LlmView }) {
  if (seat.paused || all.paused) return <State is="disconnected">Paused</State>;
  if (seat.usedUp || all.usedUp) return <State is="failed">Used up</State>;
  return <State is="connected">May ask</State>;
}

function SeatOrders({ seat: { seat, paused }, workshop: { id, llm } }: { seat: LlmSeatView; workshop: ShownWorkshop }) {
  return (
    <SeatMenu id={`claude-menu-${two(seat)}`} label={`More about Claude in seat ${two(seat)}`}>
      <Order id={id} seat={seat} what={paused ? "resume" : "pause"} quiet>
        {paused ? `Let seat ${two(seat)} go on` : `Pause seat ${two(seat)}`}
      </Order>
      <Order id={id} seat={seat} what="top-up" quiet>
        Add {dollars(llm.seatUsd || 1)} to seat {two(seat)}
      </Order>
    </SeatMenu>
  );
}

/** One button that does one thing: a form of its own, with and without scripts. The button keeps the focus while its part is swapped. */
function Order(props: { id: string; seat?: number; what: string; quiet?: true; children: ComponentChildren }) {
  const action = `/workshops/${props.id}/claude/${props.seat === undefined ? "" : `seats/${props.seat}/`}${props.what}`;
  return (
    <form method="post" action={action} hx-post={action} hx-target="#workshop" hx-swap="innerMorph" hx-sync="this:drop">
      <button type="submit" class={props.quiet ? "button quiet" : "button"}>
        {props.children}
      </button>
    </form>
  );
}

const spent = ({ usd }: LlmUse, limit: number | null): string =>
  limit === null ? dollars(usd) : `${dollars(usd)} of ${dollars(limit)}`;

/** How a key did when it was tried, beside the field that it was typed in. */
export const trialSentence = (trial: KeyTrial | { problem: string }): string =>
  "problem" in trial ? trial.problem : TRIAL[trial.is](trial.said);

const TRIAL: Record<KeyTrial["is"], (said: string) => string> = {
  good: (said) => `This key works: ${said}.`,
  refused: (said) => `This key is refused: ${said}. Copy it again from where you made it. It can be replaced later, too.`,
  unreachable: (said) => `This key could not be tried: ${said}. Nothing waits for that; the class’s page will say how it does.`,
  unknown: (said) => `${said}, which tells nothing of the key. The first request will.`,
};

/** Among the facts of a class that doesn't run yet. */
export function ClaudeFacts({ workshop: { id, llm } }: { workshop: ShownWorkshop }) {
  return (
    <>
      <div>
        <dt>API key</dt>
        <dd>{keyFact(llm)}</dd>
      </div>
      <div>
        <dt>Claude</dt>
        <dd>
          up to {dollars(llm.seatUsd)} a seat
          {llm.workshopUsd !== null && `, ${dollars(llm.workshopUsd)} in all`} ·{" "}
          <a href={`/workshops/${id}/claude`}>Caps, models and key</a>
        </dd>
      </div>
    </>
  );
}

function keyFact({ trial, state }: LlmView): string {
  if (state === "no-key") return "destroyed";
  if (!trial) return "sealed";
  return { good: "sealed; it works", refused: "sealed, but refused", unreachable: "sealed, not tried", unknown: "sealed" }[
    trial.is
  ];
}
