import type { ComponentChildren } from "preact";

interface Question {
  /** Ends in a question mark. */
  title: string;
  /** Where "yes" is sent. */
  action: string;
  /** What the two buttons do: `Keep it running`, `Stop workshop`. */
  safe: string;
  confirm: string;
  /** Where the safe button leads when the question is a page of its own. */
  back: string;
  children: ComponentChildren;
}

/** Before destroying: focus starts on the safe button, and Esc is that button. */
export function QuestionDialog(props: Question) {
  return (
    <dialog id="question" aria-labelledby="question-title" data-question>
      <form method="post" action={props.action}>
        <div class="dialog-body">
          <h2 id="question-title">{props.title}</h2>
          {props.children}
        </div>
        <div class="dialog-foot">
          <button type="submit" class="button" formmethod="dialog" formnovalidate autofocus>
            {props.safe}
          </button>
          <button type="submit" class="button danger">
            {props.confirm}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** The same question as a page, for browsers without scripts and for addresses opened by themselves. */
export function QuestionPanel(props: Question) {
  return (
    <form method="post" action={props.action} class="card question">
      <div class="dialog-body">
        <h1>{props.title}</h1>
        {props.children}
      </div>
      <div class="dialog-foot">
        <a class="button" href={props.back}>
          {props.safe}
        </a>
        <button type="submit" class="button danger">
          {props.confirm}
        </button>
      </div>
    </form>
  );
}
