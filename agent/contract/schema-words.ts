import { type TSchema, Type } from "@sinclair/typebox";
import { SEATS_LIMIT } from "./seats.ts";

/** Every field that the contract has, so that none is believed unread; a schema `satisfies` the fields of its type. */
export type Fields<T> = Record<keyof T, TSchema>;

/** Of what programs write: names, versions, fingerprints. */
const WORD = 300;
/** Of what people read: an agent keeps no more of what one task said; a change's error has those of ten seats. */
const TEXT = 64 * 1024;

export const word = Type.String({ maxLength: WORD });
export const text = Type.String({ maxLength: TEXT });
/** As agents write it, and such that `Date` reads it: a page that shows a time must not fail by it. */
export const time = Type.String({
  pattern: "^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?Z$",
});
export const amount = Type.Number({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
export const seat = Type.Integer({ minimum: 1, maximum: SEATS_LIMIT });
export const oneOf = <T extends string>(...words: T[]) => Type.Union(words.map((one) => Type.Literal(one)));
