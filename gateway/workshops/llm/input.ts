import { MODEL_LENGTH, MODELS_LISTED, PERMISSIONS } from "../../../agent/contract/llm.ts";
import { InputProblem } from "../input.ts";
import { quoted } from "../quoted.ts";
import type { LlmPatch } from "./wish.ts";

/** A class that costs more than a small car wasn't meant. */
export const USD_MOST = 10_000;

type Raw = Readonly<Record<string, unknown>>;

const FIELDS = ["seatUsd", "workshopUsd", "models", "paused", "permissions", "seats"];
const SEAT_FIELDS = ["seat", "paused", "limitUsd"];

/** @param seats how many the workshop has @throws InputProblem with every problem at once; a field that isn't known is one too */
export function checkedPatch(body: Raw, seats: number): LlmPatch {
  const problems = {
    ...unknownFields(body, FIELDS),
    ...checked(body, "seatUsd", usdProblem),
    ...checked(body, "workshopUsd", usdOrNullProblem),
    ...checked(body, "models", modelsProblem),
    ...checked(body, "paused", switchProblem),
    ...checked(body, "permissions", permissionsProblem),
    ...seatsProblems(body.seats, seats),
  };
  if (Object.keys(problems).length > 0) throw new InputProblem(problems);
  const { models } = body;
  return { ...body, ...(Array.isArray(models) && { models: [...new Set(models)] }) } as LlmPatch;
}

/** What isn't said stays as it is, and is no problem. @param check makes a sentence @param where what stands before the field's name */
function checked(body: Raw, field: string, check: (value: unknown, name: string) => string | undefined, where = "") {
  const [name, value] = [`${where}${field}`, body[field]];
  return only(name, value === undefined ? undefined : check(value, name));
}

const only = (name: string, problem: string | undefined): Record<string, string> => (problem ? { [name]: problem } : {});

function unknownFields(body: Raw, known: readonly string[], where = ""): Record<string, string> {
  const unknown = Object.keys(body).filter((name) => !known.includes(name));
  return Object.fromEntries(
    unknown.map((name) => [
      `${where}${name}`,
      `${quoted(name)} is not known ${where ? "of a seat" : "here"}; known are ${known.join(", ")}.`,
    ]),
  );
}

function usdProblem(value: unknown, name: string): string | undefined {
  if (typeof value === "number" && Number.isFinite(value) && value >= 0 && value <= USD_MOST) return undefined;
  return `${name} is ${quoted(value)}; use dollars from 0 to ${USD_MOST}.`;
}

const usdOrNullProblem = (value: unknown, name: string): string | undefined =>
  value === null ? undefined : usdProblem(value, name)?.replace(/\.$/, ", or null for none.");

function modelsProblem(models: unknown): string | undefined {
  if (models === null) return undefined;
  if (!Array.isArray(models)) return `models is ${quoted(models)}; use a list of names, or null for all models.`;
  if (models.length === 0) return "models is empty: name at least one, or use null for all; “paused” stops everything.";
  if (models.length > MODELS_LISTED) return `${models.length} models are too many: name at most ${MODELS_LISTED}.`;
  const wrong = models.find((name) => typeof name !== "string" || !MODEL_NAME.test(name));
  return wrong === undefined ? undefined : `A model can’t be called ${quoted(wrong)}; names are like claude-haiku-4-5.`;
}

/** No model's name has a space in it. */
const MODEL_NAME = new RegExp(`^[\\x21-\\x7e]{1,${MODEL_LENGTH}}$`);

const switchProblem = (value: unknown, name: string): string | undefined =>
  typeof value === "boolean" ? undefined : `${name} is ${quoted(value)}; it may be true or false.`;

const permissionsProblem = (value: unknown): string | undefined =>
  PERMISSIONS.some((one) => one === value) ? undefined : `permissions is ${quoted(value)}; it may be ${PERMISSIONS.join(", ")}.`;

function seatsProblems(value: unknown, seats: number): Record<string, string> {
  if (value === undefined) return {};
  if (!Array.isArray(value)) return { seats: `seats is ${quoted(value)}; use a list like [{"seat": 1, "paused": true}].` };
  const numbers = value.map((one) => (one as Raw | null)?.seat);
  const twice = numbers.find((seat, i) => numbers.indexOf(seat) !== i);
  return {
    ...only("seats", twice === undefined ? undefined : `Seat ${quoted(twice)} is named twice; name it once.`),
    ...Object.assign({}, ...value.map((one, i) => seatProblems(one, i, seats))),
  };
}

function seatProblems(one: unknown, i: number, seats: number): Record<string, string> {
  const where = `seats[${i}].`;
  if (typeof one !== "object" || one === null || Array.isArray(one))
    return { [where]: `seats[${i}] is ${quoted(one)}; use an object like {"seat": 1, "limitUsd": 5}.` };
  const { seat } = one as Raw;
  const fits = typeof seat === "number" && Number.isInteger(seat) && seat >= 1 && seat <= seats;
  return {
    ...unknownFields(one as Raw, SEAT_FIELDS, where),
    ...only(`${where}seat`, fits ? undefined : `There is no seat ${quoted(seat)}; the workshop has seats 1 to ${seats}.`),
    ...checked(one as Raw, "paused", switchProblem, where),
    ...checked(one as Raw, "limitUsd", usdOrNullProblem, where),
  };
}
