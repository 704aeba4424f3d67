import { Type } from "@sinclair/typebox";
import { CHANGE_ID, type ChangeView, type TaskView } from "./changes.ts";
import { amount, type Fields, oneOf, seat, text, time, word } from "./schema-words.ts";

/** Ten seats with a dozen tasks each, and those of SDKs that all share, with much room. */
const TASKS = 1000;
/** An agent keeps eleven. */
const LINES = 50;

const id = Type.String({ pattern: CHANGE_ID.source });
const status = oneOf("do", "doing", "done", "wait", "abort", "undo", "undoing", "undone", "hold", "error");

export const TaskSchema = Type.Object({
  ...{ id, kind: word, summary: text, status },
  seat: Type.Optional(seat),
  log: Type.Array(text, { maxItems: LINES }),
  wholeLog: Type.Optional(Type.Literal(true)),
  progress: Type.Optional(Type.Object({ label: text, done: amount, total: amount })),
  ...{ startedAt: Type.Optional(time), endedAt: Type.Optional(time) },
} satisfies Fields<TaskView>);

export const ChangeSchema = Type.Object({
  ...{ id, kind: word, summary: text, status },
  error: Type.Optional(text),
  tasks: Type.Array(TaskSchema, { maxItems: TASKS }),
  ...{ startedAt: time, endedAt: Type.Optional(time) },
} satisfies Fields<ChangeView>);
