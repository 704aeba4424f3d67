import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon.tsx";

/** Copies `text` and says `done` in a toast. Only shown where scripts run: nothing else can do it. */
export function CopyButton(props: { text: string; done: string; icon?: IconName; tiny?: boolean; children: ComponentChildren }) {
  return (
    <button
      type="button"
      class={props.tiny ? "button tiny needs-script" : "button needs-script"}
      data-copy={props.text}
      data-done={props.done}
    >
      <Icon name={props.icon ?? "copy"} />
      {props.children}
    </button>
  );
}
