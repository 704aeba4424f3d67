import { randomInt } from "node:crypto";

const LETTERS_AND_DIGITS = "abcdefghijklmnopqrstuvwxyz0123456789";

/** Without 0 O, 1 I L, U V: read from the back row, and no words by chance. */
const CLEAR = "23456789ABCDEFGHJKMNPQRSTWXYZ";

/** Short, friendly, hard to mistake for one another; the random part is what can't be guessed. */
const WORDS =
  "ACORN ALPINE AMBER APPLE APRIL ARCTIC ASPEN AUTUMN BADGER BAKER BAMBOO BASIL BEACH BEAVER BERRY BIRCH BISON BLOSSOM BREEZE BRIDGE BROOK BUTTON CACTUS CANDLE CANOE CANYON CARROT CASTLE CEDAR CHERRY CLARA CLOUD CLOVER COBALT COMET COPPER CORAL COTTON CRANE CREEK DAISY DELTA DESERT DOLPHIN EAGLE EMBER FALCON FERN FIDDLE FINCH FOREST FOSSIL GALAXY GARDEN GINGER GLACIER GRANITE GRAPE HARBOR HAZEL HERON HONEY HORIZON IRIS ISLAND IVORY JASMINE JUNIPER KETTLE LAGOON LANTERN LAUREL LEMON LILAC LINEN LOTUS MAGNET MANGO MAPLE MARBLE MEADOW MELON METEOR MINT MOSAIC MOUNTAIN NECTAR NUTMEG OCEAN OLIVE ORBIT ORCHID OTTER PANDA PAPER PEACH PEBBLE PEPPER PIANO PLANET PLUM POPPY PRAIRIE PUFFIN QUARTZ QUILT RABBIT RAVEN RIBBON RIVER ROBIN ROCKET SAFFRON SALMON SAPPHIRE SEQUOIA SILVER SPARROW SPRUCE SUMMER SUNRISE TEAPOT THISTLE TIGER TULIP VALLEY VELVET VIOLET WALNUT WILLOW WINTER ZEPHYR".split(
    " ",
  );

/** From a CSPRNG, without bias. */
const pick = (from: string, count: number): string => Array.from({ length: count }, () => from[randomInt(from.length)]).join("");

/** `ws-` + 6 characters. */
export const newWorkshopId = (): string => `ws-${pick(LETTERS_AND_DIGITS, 6)}`;

/** `CLARA-7K3M` */
export const newCode = (): string => `${WORDS[randomInt(WORDS.length)]}-${pick(CLEAR, 4)}`;

/** A learner's reconnect code. */
export const newOdehash = (): string => pick(LETTERS_AND_DIGITS, 5);

/** As it is looked up: `clara 7k3m` is `CLARA7K3M`. Undefined for what can't be a code of ours. */
export function codeKey(typed: string): string | undefined {
  const key = typed.toUpperCase().replace(/[\s\p{Pd}_.]+/gu, "");
  return /^[A-Z]{3,9}[A-Z0-9]{4}$/.test(key) ? key : undefined;
}

/** Of what was typed as a code; longer ones fill the page. */
const SHOWN_MOST = 20;

/** Says so of what `codeKey` doesn't take. */
export function noCode(typed: string): string {
  const shown = oneLine(typed).toUpperCase().slice(0, SHOWN_MOST);
  return `${shown ? `“${shown}”` : "This"} is not a code. Codes look like CLARA-7K3M: a word, a hyphen, four letters or digits.`;
}

/** As it stands on the board: `clara 7k3m` is `CLARA-7K3M`. What can't be a code of ours stays as it was typed. */
export function shownCode(typed: string): string {
  const key = codeKey(typed);
  return key ? `${key.slice(0, -4)}-${key.slice(-4)}` : typed;
}

/** Undefined for what can't be a reconnect code. */
export function odehashKey(typed: string): string | undefined {
  const key = typed.toLowerCase().replace(/[\s\p{Pd}]+/gu, "");
  return /^[a-z0-9]{5}$/.test(key) ? key : undefined;
}

/** What was typed as a name: one line without control characters, each space once. */
export const oneLine = (typed: string): string =>
  typed
    .normalize("NFC")
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();

/** `04 Mira Okafor`: the seat first, so that two Miras stay two; nothing that a file system or an unpacker could take amiss. */
export function folderName(seat: string, name: string): string {
  const plain = name
    .normalize("NFC")
    .replace(/[^\p{L}\p{N} _-]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  return `${seat} ${plain}`.trim().slice(0, 60).trim();
}
