import { duration } from "../client/shared/when.ts";
import type { StepView, TaskLogView } from "../workshop.ts";
import { Icon } from "./icon.tsx";
import { Sentence } from "./sentence.tsx";
import { Time } from "./time.tsx";

/** What happens, step by step. */
export function Tasks({ tasks, now }: { tasks: readonly StepView[]; now: string }) {
  return (
    <ol class="tasks">
      {tasks.map((task) => (
        <li class="task" data-is={task.is} key={task.key}>
          <Mark is={task.is} />
          <span>
            {task.summary}
            <span class="only-read">{SPOKEN[task.is]}</span>
          </span>
          <Took task={task} now={now} />
          {task.note && (
            <span class={task.is === "failed" ? "more mono" : "more"}>
              <Sentence words={task.note} now={now} />
            </span>
          )}
          {task.log && <Log log={task.log} summary={task.summary} />}
        </li>
      ))}
    </ol>
  );
}

/** The last lines of what failed; all of them are a page of their own. */
function Log({ log: { lines, href }, summary }: { log: TaskLogView; summary: string }) {
  return (
    <div class="more stack tight">
      <pre class="line said-last">{lines.join("\n")}</pre>
      {href && (
        <a href={href} target="_blank" rel="noopener">
          The whole log<span class="only-read"> of “{summary}”, in a new tab</span>
        </a>
      )}
    </div>
  );
}

const SPOKEN = {
  ...{ todo: ", not begun", doing: ", going on", done: ", done", failed: ", failed" },
  ...{ waiting: ", waits for you", undone: ", went back" },
};

function Mark({ is }: { is: StepView["is"] }) {
  if (is === "done") return <Icon name="check" />;
  if (is === "failed") return <Icon name="close" />;
  if (is === "waiting") return <Icon name="warn" />;
  return <i class={is === "doing" ? "spin" : "none"} />;
}

function Took({ task, now }: { task: StepView; now: string }) {
  if (task.is === "doing" && task.startedAt) {
    return (
      <span class="took">
        <Time at={task.startedAt} now={now} show="since" /> so far
      </span>
    );
  }
  if (!task.startedAt || !task.endedAt) return null;
  const took = duration(Date.parse(task.endedAt) - Date.parse(task.startedAt));
  return <span class="took">{task.is === "failed" ? `after ${took}` : took}</span>;
}
