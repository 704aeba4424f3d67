import { duration } from "../client/shared/when.ts";
import { Icon } from "./icon.tsx";
import { Time } from "./time.tsx";

export interface TaskLine {
  is: "todo" | "doing" | "done" | "failed";
  /** "Make seat 07" */
  text: string;
  /** What it is at, or why it failed. */
  more?: string;
  /** Milliseconds, of a finished one. */
  took?: number;
  /** ISO 8601, of one going on. */
  startedAt?: string;
}

/** What happens, step by step. */
export function Tasks({ tasks, now }: { tasks: readonly TaskLine[]; now: string }) {
  return (
    <ol class="tasks">
      {tasks.map((task) => (
        <li class="task" data-is={task.is} key={task.text}>
          <Mark is={task.is} />
          <span>
            {task.text}
            <span class="only-read">{SPOKEN[task.is]}</span>
          </span>
          <Took task={task} now={now} />
          {task.more && <span class={task.is === "failed" ? "more mono" : "more"}>{task.more}</span>}
        </li>
      ))}
    </ol>
  );
}

const SPOKEN = { todo: ", not begun", doing: ", going on", done: ", done", failed: ", failed" };

function Mark({ is }: { is: TaskLine["is"] }) {
  if (is === "done") return <Icon name="check" />;
  if (is === "failed") return <Icon name="close" />;
  return <i class={is === "doing" ? "spin" : "none"} />;
}

function Took({ task, now }: { task: TaskLine; now: string }) {
  if (task.is === "doing" && task.startedAt) {
    return (
      <span class="took">
        <Time at={task.startedAt} now={now} show="since" /> so far
      </span>
    );
  }
  if (task.took === undefined) return null;
  return <span class="took">{task.is === "failed" ? `after ${duration(task.took)}` : duration(task.took)}</span>;
}
