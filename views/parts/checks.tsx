import type { CheckName } from "../client/check/findings.ts";
import type { ChecksView, LackView, ShownWorkshop } from "../workshop.ts";
import { count } from "./amounts.ts";
import { CopyButton } from "./copy.tsx";
import { Icon } from "./icon.tsx";
import { Time } from "./time.tsx";

/** What learners' browsers found of their networks, and the page that asks them. */
export function ChecksCard({ workshop: { id, checks, checkLink, now } }: { workshop: ShownWorkshop }) {
  return (
    <section class="card" aria-label="Network checks">
      <div class="pad stack">
        <h2>Network checks</h2>
        {checks ? (
          <Found checks={checks} now={now} />
        ) : (
          <p class="small quieter">
            Send this to your learners the day before. It tries whether their network lets a class through, and what it finds
            appears here.
          </p>
        )}
        <p class="small mono break">
          <a href={new URL(checkLink).pathname}>{checkLink.replace(/^https?:\/\//, "")}</a>
        </p>
        <div class="buttons">
          <CopyButton text={checkLink} done="Link copied. Send it to your learners the day before." icon="link" tiny>
            Copy check link
          </CopyButton>
          {checks && <Forget action={`/workshops/${id}/forget-checks`} />}
        </div>
      </div>
    </section>
  );
}

/** Anybody who knows the code may send results: what isn't her class's needn't stay. */
function Forget({ action }: { action: string }) {
  return (
    <form method="post" action={action} hx-post={action} hx-target="#workshop" hx-swap="innerMorph" hx-sync="this:drop">
      <button type="submit" class="button tiny">
        Forget these results
      </button>
    </form>
  );
}

function Found({ checks: { checked, troubled, lastAt, lacks }, now }: { checks: ChecksView; now: string }) {
  return (
    <>
      <p>
        <strong>
          {checked} checked, {troubled === 0 ? "all can take part" : `${troubled} ${troubled === 1 ? "has" : "have"} trouble`}
        </strong>
        <br />
        <span class="quieter small">
          the last <Time at={lastAt} now={now} show="ago" />
        </span>
      </p>
      {lacks.length > 0 && (
        <ul class="lacks">
          {lacks.map((lack) => (
            <Lack lack={lack} key={lack.check} />
          ))}
        </ul>
      )}
    </>
  );
}

/** In few words, and what comes of it. */
const LACKS: Record<CheckName, string> = {
  https: "The server stops answering",
  websocket: "No WebSocket: no terminal, no files, no preview",
  held: "WebSockets are cut within a minute",
  pieces: "Answers are held back until they are whole",
  udp: "No UDP: pictures in place of live video",
  clock: "The clock is wrong: so are times they see",
  screen: "A small screen: one pane at a time",
  clipboard: "Pages may not copy and paste",
};

/** More would make a list of the whole class. */
const NAMES_SHOWN = 6;

function Lack({ lack: { check, needed, names, nameless } }: { lack: LackView }) {
  const shown = names.slice(0, NAMES_SHOWN);
  const more = names.length - shown.length;
  const rest = [more > 0 && `${more} more`, nameless > 0 && count(nameless, "without a name", "without names")].filter(Boolean);
  return (
    <li data-needed={needed ? "yes" : "no"}>
      <Icon name={needed ? "close" : "info"} small />
      <span>
        <b>{LACKS[check]}</b>
        <br />
        {[...shown, ...rest].join(", ")}
      </span>
    </li>
  );
}
