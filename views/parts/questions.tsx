import { shown } from "../client/shared/when.ts";
import { connected, type LearnerView, learnerName, type ShownWorkshop } from "../workshop.ts";
import { bytes, count, inWords, two } from "./amounts.ts";
import { QuestionDialog, QuestionPanel } from "./dialog.tsx";
import { People } from "./people.tsx";
import { Seat } from "./seat.tsx";
import { Bounded } from "./seat-table.tsx";
import { Time } from "./time.tsx";

/** `dialog` over the workshop's page, `panel` on a page of its own: the same question. */
export type QuestionForm = keyof typeof FORMS;
export const FORMS = { dialog: QuestionDialog, panel: QuestionPanel };

/** Stop: says who is still there and what becomes of everyone's work. `keep`: about how much, and until when it would be kept. */
export function StopQuestion({
  workshop,
  keep,
  as,
}: {
  workshop: ShownWorkshop;
  keep?: { size?: number; until: string; days: number };
  as: QuestionForm;
}) {
  const Form = FORMS[as];
  const seats = workshop.seats.length;
  const ran = workshop.state !== "created";
  return (
    <Form
      title="Stop this workshop?"
      action={`/workshops/${workshop.id}/stop`}
      safe={ran ? "Keep it running" : "Keep it"}
      confirm="Stop workshop"
      back={`/workshops/${workshop.id}`}
    >
      <p>
        {ran
          ? `Every terminal, file and browser of the ${seats === 1 ? "one seat" : `${inWords(seats)} seats`} is destroyed. This can’t be taken back.`
          : "Nothing has run yet. The code stops working and the sealed API key is destroyed. This can’t be taken back."}
      </p>
      <div data-still-there>
        <StillThere workshop={workshop} />
      </div>
      {keep && (
        <label class="check keep">
          <input type="checkbox" name="keep" value="yes" checked />
          <span>
            <strong>Keep one archive of everyone’s work</strong>
            <br />
            <span class="quieter small">
              {keep.size === undefined ? "" : `About ${bytes(keep.size)}. `}Kept for {count(keep.days, "day")}, until{" "}
              <Time at={keep.until} now={workshop.now} show="day" />, then deleted.
            </span>
          </span>
        </label>
      )}
    </Form>
  );
}

function StillThere({ workshop }: { workshop: ShownWorkshop }) {
  const there = connected(workshop.learners);
  const away = workshop.learners.filter(({ session }) => session === "disconnected");
  if (there.length + away.length === 0) return workshop.state === "running" ? <p class="quieter">Nobody is connected.</p> : null;
  return (
    <div class="stack tight">
      <strong>
        {there.length === 0
          ? "Nobody is connected"
          : `${count(there.length, "learner")} ${there.length === 1 ? "is" : "are"} still connected`}
      </strong>
      {there.length > 0 && (
        <Bounded rows={there.length} label="Who is still connected">
          <ul class="people">
            {there.map((seat) => (
              <li key={seat.seat}>
                <Seat seat={seat.seat} is="connected" />
                {learnerName(seat)}
              </li>
            ))}
          </ul>
        </Bounded>
      )}
      <p class="quieter small">
        {there.length > 0 && "They see “Workshop ended” at once. "}
        {awaySentence(away, workshop.now)}
      </p>
    </div>
  );
}

function awaySentence(away: LearnerView[], now: string): string {
  const [one] = away;
  if (!one) return "";
  if (away.length > 1) return `${count(away.length, "more learner")} lost the connection and won’t get back in.`;
  return `${learnerName(one)} lost the connection ${shown("ago", one.since, now)} and won’t get back in.`;
}

interface FreeProps {
  workshop: ShownWorkshop;
  as: QuestionForm;
}

/** Free a seat: what its learner made is destroyed, the next one gets a clean seat. */
export function FreeQuestion({ workshop, learner, as }: FreeProps & { learner: LearnerView }) {
  const Form = FORMS[as];
  return (
    <Form
      title={`Free seat ${two(learner.seat)}?`}
      action={`/workshops/${workshop.id}/seats/${learner.seat}/free`}
      safe="Leave it as it is"
      confirm={`Free seat ${two(learner.seat)}`}
      back={`/workshops/${workshop.id}`}
    >
      <People learners={[learner]} />
      <p>
        The terminal, files and browser of this seat are destroyed, and its reconnect code stops working. The seat is made anew
        for whoever joins next. This can’t be taken back.
      </p>
    </Form>
  );
}

/** The same for all seats that were taken from one address. */
export function FreeAllQuestion({ workshop, address, learners, as }: FreeProps & { address: string; learners: LearnerView[] }) {
  const Form = FORMS[as];
  const seats = count(learners.length, "seat");
  return (
    <Form
      title={`Free ${seats}?`}
      action={`/workshops/${workshop.id}/seats/free?${new URLSearchParams({ address })}`}
      safe="Leave them as they are"
      confirm={`Free ${seats}`}
      back={`/workshops/${workshop.id}`}
    >
      <People learners={learners} />
      <p>
        All of them were taken from {address}. A class in one room shares an address too: look whether these are your learners.
      </p>
      <p>
        The terminals, files and browsers of these seats are destroyed, and their reconnect codes stop working. The seats are made
        anew for whoever joins next. This can’t be taken back.
      </p>
    </Form>
  );
}

/** Delete the archive before its time. */
export function ArchiveQuestion({ workshop, as }: { workshop: ShownWorkshop; as: QuestionForm }) {
  const Form = FORMS[as];
  return (
    <Form
      title="Delete everyone’s work?"
      action={`/workshops/${workshop.id}/archive/delete`}
      safe="Keep the archive"
      confirm="Delete the archive"
      back={`/workshops/${workshop.id}`}
    >
      <p>
        It is the only copy: the seats themselves are gone.{" "}
        {workshop.archive && `${bytes(workshop.archive.bytes)} are destroyed. `}This can’t be taken back.
      </p>
    </Form>
  );
}
