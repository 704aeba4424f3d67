import type { ComponentChildren } from "preact";
import { DoorPage, PortalPage } from "../layout.tsx";
import { CopyButton } from "../parts/copy.tsx";
import { Icon } from "../parts/icon.tsx";
import { Seat } from "../parts/seat.tsx";
import { Time } from "../parts/time.tsx";

/** Who reads it: learners get no header, no way into the portal, no id. */
interface Reader {
  instructor: boolean;
}

/** 404. `what`: `workshop ws-k4m9p3`, or nothing for an address that never was one. */
export function NotFound({ what, instructor }: Reader & { what?: string }) {
  return (
    <ErrorPage title="Not found" instructor={instructor}>
      <Seat seat="?" is="free" size="big" />
      <h1>{what ? `No ${what}` : "No such page"}</h1>
      <p class="quieter">
        Nothing has this address.{" "}
        {what ? "The id may have been mistyped, or the workshop belongs to someone else." : "It may have been mistyped."}
      </p>
      <div class="buttons">
        {instructor && (
          <a class="button primary" href="/">
            All workshops
          </a>
        )}
        <a class={instructor ? "button" : "button primary"} href="/join">
          Join with a code
        </a>
      </div>
    </ErrorPage>
  );
}

/** 500. `number` finds the reason in the log. */
export function InternalError({ number, at, instructor }: Reader & { number: string; at: string }) {
  return (
    <ErrorPage title="Something went wrong" instructor={instructor}>
      <Seat seat="!" is="failed" size="big" />
      <h1>That went wrong on our side</h1>
      <p class="quieter">
        The page could not be made. Running workshops are not touched: learners keep working. Load it again; if it stays, this
        number finds the reason in the log:
      </p>
      <pre class="line">
        {number}
        {"   "}
        <Time at={at} now={at} show="moment" />
      </pre>
      <div class="buttons">
        <ReloadButton />
        <CopyButton text={number} done="Number copied.">
          Copy number
        </CopyButton>
      </div>
    </ErrorPage>
  );
}

/** 503: what is needed doesn't answer just now; the page tries again by itself. */
export function Unavailable({
  title,
  message,
  retrySeconds,
  instructor,
}: Reader & { title: string; message: string; retrySeconds: number }) {
  return (
    <ErrorPage title={title} instructor={instructor} refresh={retrySeconds}>
      <Seat seat="…" is="disconnected" size="big" />
      <h1>{title}</h1>
      <p class="quieter">{message} This page tries again by itself.</p>
      <p class="state" data-is="reconnecting" data-retry={retrySeconds}>
        <i class="dot" />
        <span>
          Next try in <span data-count>{retrySeconds}</span> s
        </span>
      </p>
    </ErrorPage>
  );
}

/** 403, 409, 413 …, and 404 below a workshop: it can't be done now, and the message says why and what to do; it may be told by the title. `next`: where to go on. */
export function Refusal({
  title,
  message,
  next,
  instructor,
}: Reader & { title: string; message: string; next: { href: string; word: string } }) {
  return (
    <ErrorPage title={title} instructor={instructor}>
      <Seat seat="–" is="waiting" size="big" />
      <h1>{title}</h1>
      {message && <p class="quieter">{message}</p>}
      <div class="buttons">
        <a class="button primary" href={next.href}>
          {next.word}
        </a>
      </div>
    </ErrorPage>
  );
}

function ErrorPage(props: Reader & { title: string; refresh?: number; children: ComponentChildren }) {
  const page = { title: `${props.title} – ClaraTeach`, ...(props.refresh ? { refreshWithoutScript: props.refresh } : {}) };
  const inside = <section class="stack">{props.children}</section>;
  if (!props.instructor) {
    return (
      <DoorPage {...page} homeHref="/join">
        {inside}
      </DoorPage>
    );
  }
  return (
    <PortalPage {...page} signedIn narrow>
      {inside}
    </PortalPage>
  );
}

/** A link to this address: works without scripts too, and never sends a form twice. */
function ReloadButton() {
  return (
    <a class="button primary" href="?again">
      <Icon name="reload" />
      Load again
    </a>
  );
}
