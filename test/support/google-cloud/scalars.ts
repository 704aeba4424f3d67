const isText = (value: unknown) => typeof value === "string";
const isBase64 = (value: unknown) => isText(value) && /^[A-Za-z0-9+/_-]*={0,2}$/.test(value as string);
const isNumber = (value: unknown) => typeof value === "number";

/** Least and most of the whole numbers. */
const RANGES: Record<string, readonly [least: bigint, most: bigint]> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};

/** Numbers that JSON's own can't hold are texts. */
export const isLong = (type: string): boolean => type === "int64" || type === "uint64";

/** Either may be sent; answers have one way. */
function isWhole(type: string, value: unknown, isAnswer: boolean): boolean {
  const range = RANGES[type];
  if (!range || (isAnswer && isText(value) !== isLong(type))) return false;
  if (!(isText(value) ? /^-?\d+$/.test(value as string) : Number.isInteger(value))) return false;
  const whole = BigInt(value as string | number);
  return whole >= range[0] && whole <= range[1];
}

const OTHERS: Record<string, (value: unknown) => boolean> = {
  string: isText,
  bytes: isBase64,
  bool: (value) => typeof value === "boolean",
  float: isNumber,
  double: isNumber,
  "google.protobuf.Timestamp": (value) => isText(value) && !Number.isNaN(Date.parse(value as string)),
  "google.protobuf.Duration": (value) => isText(value) && /^-?\d+(\.\d{1,9})?s$/.test(value as string),
};

/** @returns undefined for types that are messages or enums */
export function isScalar(type: string, value: unknown, isAnswer = false): boolean | undefined {
  if (type in RANGES) return isWhole(type, value, isAnswer);
  return OTHERS[type]?.(value);
}
