import { isObject } from "../call.ts";
import { invalid } from "../refusal.ts";

type Passes = (resource: Record<string, unknown>) => boolean;

/**
 * The two languages of `filter`: `labels.a = "b" AND (name:* OR status != RUNNING)` (AIP-160), and `name eq ws-.*` with regular
 * expressions. One expression is in one of them.
 * @throws 400 for anything else
 */
export function readFilter(text: string): Passes {
  if (text.trim() === "") return () => true;
  const words = text.match(/\(|\)|"(?:[^"\\]|\\.)*"|'[^']*'|!=|<=|>=|[=:<>]|[^\s()=:<>!"']+/g) ?? [];
  const hasOld = words.some((word) => word === "eq" || word === "ne");
  const hasNew = words.some((word) => /^([=:<>]|!=|<=|>=)$/.test(word));
  if (hasOld && hasNew) throw wrong(text);
  const state = { words, at: 0, text };
  const passes = hasOld ? oldTerms(state) : any(state);
  if (state.at < words.length) throw wrong(text);
  return passes;
}

interface State {
  words: readonly string[];
  at: number;
  text: string;
}

const peek = ({ words, at }: State) => words[at] ?? "";
const wrong = (text: string) => invalid(`Invalid value for field 'filter': '${text}'. Invalid list filter expression.`);

function take(state: State): string {
  const word = state.words[state.at];
  if (word === undefined) throw wrong(state.text);
  state.at += 1;
  return word;
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
  const word = take(state);
  if (word === "NOT" || word === "-") {
    const passes = term(state);
    return (resource) => !passes(resource);
  }
  if (word === "(") {
    const passes = any(state);
    if (take(state) !== ")") throw wrong(state.text);
    return passes;
  }
  const [operator, value] = [take(state), unquoted(take(state))];
  return (resource) => compares(fieldOf(resource, word), operator, value, state.text);
}

function compares(field: unknown, operator: string, value: string, text: string): boolean {
  switch (operator) {
    case ":":
      return value === "*" ? field !== undefined : String(field ?? "").includes(value);
    case "=":
      return field !== undefined && matches(String(field), value);
    case "!=":
      return field === undefined || !matches(String(field), value);
    default:
      throw wrong(text);
  }
}

/** A star at the end stands for anything. */
const matches = (field: string, value: string): boolean =>
  value.endsWith("*") ? field.startsWith(value.slice(0, -1)) : field === value;

/** `name eq ws-.*`, several in parentheses side by side: all have to hold. The whole value has to fit. */
function oldTerms(state: State): Passes {
  const all: Passes[] = [];
  while (state.at < state.words.length) {
    const open = peek(state) === "(";
    if (open) take(state);
    const [field, operator, pattern] = [take(state), take(state), unquoted(take(state))];
    if (open && take(state) !== ")") throw wrong(state.text);
    if (operator !== "eq" && operator !== "ne") throw wrong(state.text);
    const whole = new RegExp(`^(?:${pattern})$`);
    all.push((resource) => whole.test(String(fieldOf(resource, field) ?? "")) === (operator === "eq"));
  }
  return (resource) => all.every((passes) => passes(resource));
}

const unquoted = (word: string): string => (/^(".*"|'.*')$/s.test(word) ? word.slice(1, -1).replace(/\\(.)/g, "$1") : word);

function fieldOf(resource: unknown, path: string): unknown {
  const [first = "", ...others] = path.split(".");
  const value = isObject(resource) ? resource[first] : undefined;
  return others.length > 0 ? fieldOf(value, others.join(".")) : value;
}
