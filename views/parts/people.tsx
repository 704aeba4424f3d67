import { type LearnerView, learnerName } from "../workshop.ts";
import { Seat } from "./seat.tsx";

/** Whom a question is about: who sits where, and whether she is there now. */
export function People({ learners }: { learners: readonly LearnerView[] }) {
  return (
    <ul class="people">
      {learners.map((learner) => (
        <li key={learner.seat}>
          <Seat seat={learner.seat} is={learner.session} />
          <span>
            <strong>{learnerName(learner)}</strong>
            <br />
            <span class="quieter small">{learner.session === "connected" ? "connected now" : "not connected now"}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}
