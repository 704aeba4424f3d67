/** The last minutes are said louder. */
const NEAR_MINUTES = 10;

/** Counts down to the workshop's end, by the machine's clock: the learner's may be wrong. */
export function startClock(places: readonly HTMLElement[], endsAt: string, machineNow: string): void {
  const end = Date.parse(endsAt);
  const ahead = Date.parse(machineNow) - Date.now();
  const show = () => {
    const minutes = Math.ceil((end - Date.now() - ahead) / 60_000);
    for (const place of places) {
      place.textContent = left(minutes);
      place.toggleAttribute("data-near", minutes <= NEAR_MINUTES);
    }
  };
  show();
  setInterval(show, 5_000);
}

/** `102` → `1 h 42 min left` */
export function left(minutes: number): string {
  if (minutes <= 0) return "Time is up";
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} days left`;
  if (hours === 0) return `${minutes} min left`;
  return minutes % 60 ? `${hours} h ${minutes % 60} min left` : `${hours} h left`;
}
