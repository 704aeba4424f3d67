/** What moves a cursor, answers for the keyboard, or turns the direction of reading: of control characters only line ends and tabs are text. */
const ACTING = /[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text of a seat's, for a terminal: without its colours, and what else would act there is spelled out. */
export function plain(text: string): string {
  return Bun.stripANSI(text.replaceAll("\r\n", "\n")).replace(ACTING, spelled);
}

/** The same on one line. */
export const plainLine = (text: string): string => plain(text).replace(/[\n\t]+/g, " ");

/** An answer of the API as it is; in JSON's own words for what would act on a terminal. */
export const plainJson = (value: unknown): string => JSON.stringify(value, null, 2).replace(ACTING, unicode);

const spelled = (character: string): string => `\\u{${character.charCodeAt(0).toString(16)}}`;
const unicode = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
