/** `18.4 MB`: decimal units, as disks and browsers count them. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} bytes`;
  if (count < 1_000_000) return `${Math.round(count / 1000)} kB`;
  if (count < 1_000_000_000) return `${tenths(count / 1_000_000)} MB`;
  return `${tenths(count / 1_000_000_000)} GB`;
}

/** `1 seat`, `10 seats`. */
export const count = (number: number, one: string, many = `${one}s`): string => `${number} ${number === 1 ? one : many}`;

/** `3 files, 18.4 MB`. */
export const starterSize = (starter: { bytes: number; files?: number }): string =>
  starter.files === undefined ? bytes(starter.bytes) : `${count(starter.files, "file")}, ${bytes(starter.bytes)}`;

const tenths = (value: number): string => (value < 100 ? value.toFixed(1).replace(".0", "") : String(Math.round(value)));

/** Small numbers in words. */
export const inWords = (number: number): string =>
  ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"][number] ?? String(number);

/** As the start of a sentence. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The start of a sentence about every seat of a workshop: `Both seats`, `All ten seats`, `All 24 seats`; of one, `The only seat`. */
export function allSeats(number: number): string {
  if (number === 1) return "The only seat";
  return number === 2 ? "Both seats" : `All ${inWords(number)} seats`;
}

/** `Seats 09 and 10 are free`, `Seats 03, 05 and 08 to 10`: runs of three and more are drawn together. */
export function seatList(seats: readonly number[]): string {
  const runs: string[] = [];
  for (let i = 0; i < seats.length; ) {
    let end = i;
    while ((seats[end + 1] ?? 0) === (seats[end] ?? 0) + 1) end++;
    const first = two(seats[i] ?? 0);
    if (end - i >= 2) runs.push(`${first} to ${two(seats[end] ?? 0)}`);
    else for (let k = i; k <= end; k++) runs.push(two(seats[k] ?? 0));
    i = end + 1;
  }
  return runs.length < 2 ? runs.join("") : `${runs.slice(0, -1).join(", ")} and ${runs.at(-1)}`;
}

/** `4` → `04`, as a seat is written everywhere. */
export const two = (seat: number): string => String(seat).padStart(2, "0");
