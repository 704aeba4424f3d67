import type { SessionInfo } from "../../../agent/contract/session.ts";

/** The last minutes are said louder. */
const NEAR_MINUTES = 10;

/** Both of the machine. */
type Times = Pick<SessionInfo, "endsAt" | "now">;

/** Counts down to the workshop's end, by the machine's clock: the learner's may be wrong. @returns shows it anew when the end has moved */
export function startClock(places: readonly HTMLElement[], first: Times): (now: Times) => void {
  let [end, ahead] = [0, 0];
  const show = () => {
    const minutes = Math.ceil((end - Date.now() - ahead) / 60_000);
    for (const place of places) {
      place.textContent = left(minutes);
      place.toggleAttribute("data-near", minutes <= NEAR_MINUTES);
    }
  };
  const follow = ({ endsAt, now }: Times) => {
    end = Date.parse(endsAt);
    ahead = Date.parse(now) - Date.now();
    show();
  };
  follow(first);
  setInterval(show, 5_000);
  return follow;
}

/** `102` → `1 h 42 min left` */
export function left(minutes: number): string {
  if (minutes <= 0) return "Time is up";
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} days left`;
  if (hours === 0) return `${minutes} min left`;
  return minutes % 60 ? `${hours} h ${minutes % 60} min left` : `${hours} h left`;
}
