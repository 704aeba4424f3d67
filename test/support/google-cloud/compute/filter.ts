import { invalid } from "../refusal.ts";
import type { Schema } from "../schema.ts";
import { COMPARISONS, isField, valuesOf } from "./filter-fields.ts";

type Passes = (resource: Record<string, unknown>) => boolean;

/**
 * The two languages of `filter`: `labels.a = "b" AND (name:* OR status != RUNNING)` (AIP-160), and `name eq ws-.*` with regular
 * expressions. One expression is in one of them.
 * @param type what is listed: `Instance`
 * @throws 400 for anything else, and for fields that the type doesn't have
 */
export function readFilter(text: string, schema: Schema, type: string): Passes {
  if (text.trim() === "") return () => true;
  const words = text.match(/\(|\)|"(?:[^"\\]|\\.)*"|'[^']*'|!=|<=|>=|[=:<>]|[^\s()=:<>!"']+/g) ?? [];
  const hasOld = words.some((word) => word === "eq" || word === "ne");
  const hasNew = words.some((word) => /^([=:<>]|!=|<=|>=)$/.test(word));
  if (hasOld && hasNew) throw wrong(text);
  const state = { words, at: 0, text, isField: (path: string) => isField(schema, type, path) };
  const passes = hasOld ? oldTerms(state) : any(state);
  if (state.at < words.length) throw wrong(text);
  return passes;
}

interface State {
  words: readonly string[];
  at: number;
  text: string;
  isField(path: string): boolean;
}

const peek = ({ words, at }: State) => words[at] ?? "";
const wrong = (text: string) => invalid(`Invalid value for field 'filter': '${text}'. Invalid list filter expression.`);

function take(state: State): string {
  const word = state.words[state.at];
  if (word === undefined) throw wrong(state.text);
  state.at += 1;
  return word;
}

function takeField(state: State): string {
  const field = take(state);
  if (state.isField(field)) return field;
  throw wrong(state.text);
}

/** OR binds closer than AND (AIP-160), and two terms side by side are joined by AND. */
function any(state: State): Passes {
  const all = [either(state)];
  while (state.at < state.words.length && peek(state) !== ")") {
    if (peek(state) === "AND") take(state);
    all.push(either(state));
  }
  return (resource) => all.every((passes) => passes(resource));
}

function either(state: State): Passes {
  const some = [term(state)];
  while (peek(state) === "OR") {
    take(state);
    some.push(term(state));
  }
  return (resource) => some.some((passes) => passes(resource));
}

function term(state: State): Passes {
  if (["NOT", "-"].includes(peek(state))) {
    take(state);
    const passes = term(state);
    return (resource) => !passes(resource);
  }
  if (peek(state) === "(") {
    take(state);
    const passes = any(state);
    if (take(state) !== ")") throw wrong(state.text);
    return passes;
  }
  const [path, operator, value] = [takeField(state), take(state), unquoted(take(state))];
  const compares = COMPARISONS[operator];
  if (!compares) throw wrong(state.text);
  return (resource) => compares(valuesOf(resource, path.split(".")), value);
}

/** `name eq ws-.*`, several in parentheses side by side: all have to hold. The whole value has to fit. */
function oldTerms(state: State): Passes {
  const all: Passes[] = [];
  while (state.at < state.words.length) {
    const open = peek(state) === "(";
    if (open) take(state);
    const [field, operator, pattern] = [takeField(state), take(state), unquoted(take(state))];
    if (open && take(state) !== ")") throw wrong(state.text);
    if (operator !== "eq" && operator !== "ne") throw wrong(state.text);
    const whole = expressionOf(pattern, state.text);
    all.push((resource) => whole.test(valuesOf(resource, field.split("."))[0] ?? "") === (operator === "eq"));
  }
  return (resource) => all.every((passes) => passes(resource));
}

function expressionOf(pattern: string, text: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch {
    throw wrong(text);
  }
}

const unquoted = (word: string): string => (/^(".*"|'.*')$/s.test(word) ? word.slice(1, -1).replace(/\\(.)/g, "$1") : word);
