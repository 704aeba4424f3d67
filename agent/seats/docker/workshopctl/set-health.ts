import { Problem } from "../../../contract/errors.ts";

const STATES = ["okay", "waiting", "error"] as const;

/** How an SDK is, in its own words. */
export interface Health {
  state: (typeof STATES)[number];
  /** 7 to 70 characters; only `okay` has none. */
  message?: string;
  code?: string;
}

const USAGE = "workshopctl set-health [--code=CODE] okay|waiting|error [MESSAGE]";
/** A sentence that fits on a line of the page. */
const MESSAGE = { least: 7, most: 70 };
const CODE = /^(?=.{3,30}$)[a-z](?:-?[a-z0-9])+$/;
const CODE_OPTION = "--code=";
/** Of what was typed, in an answer. */
const QUOTED = 40;

/** @param words after `set-health` @throws Problem `INVALID_INPUT` naming the rule */
export function healthOf(words: readonly string[]): Health {
  const codes = words.filter((word) => word.startsWith("--"));
  const [state, message, ...more] = words.filter((word) => !word.startsWith("--"));
  const other = codes.find((word) => !word.startsWith(CODE_OPTION));
  if (other !== undefined || codes.length > 1 || more.length > 0) throw wrong(`It is called as: ${USAGE}. Quote the message.`);
  const code = codes[0]?.slice(CODE_OPTION.length);
  const known = STATES.find((one) => one === state);
  if (!known) throw wrong(`"${quoted(state)}" is no state: say okay, waiting or error.`);
  return known === "okay" ? okay(message, code) : { state: known, message: checkedMessage(message), ...checkedCode(code) };
}

function okay(message: string | undefined, code: string | undefined): Health {
  if (message !== undefined || code !== undefined) throw wrong("okay goes without a message and without a code.");
  return { state: "okay" };
}

function checkedMessage(message: string | undefined): string {
  if (message === undefined) throw wrong("waiting and error go with a message that says what for or why.");
  const { least, most } = MESSAGE;
  const length = [...message].length;
  if (length < least || length > most) throw wrong(`The message has ${length} characters; it must have ${least} to ${most}.`);
  if (/\p{Cc}/u.test(message)) throw wrong("The message must be one line without control characters.");
  return message;
}

function checkedCode(code: string | undefined): Pick<Health, "code"> {
  if (code === undefined) return {};
  if (CODE.test(code)) return { code };
  throw wrong(
    `"${quoted(code)}" is no code: it has 3 to 30 lower-case letters, digits and single hyphens, a letter first, no hyphen last.`,
  );
}

const quoted = (text = ""): string => text.slice(0, QUOTED).replace(/\p{Cc}/gu, "?");
const wrong = (sentence: string): Problem => new Problem("INVALID_INPUT", sentence);
