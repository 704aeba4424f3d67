import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon.tsx";

/** Stays until its cause is gone. The first sentence (`bold`) is enough by itself. `blocks`: it is read aloud at once. */
export function Banner(props: {
  kind?: "warn" | "bad";
  icon?: IconName;
  bold: string;
  blocks?: boolean;
  children?: ComponentChildren;
}) {
  return (
    <div class={props.kind ? `banner ${props.kind}` : "banner"} {...(props.blocks ? { role: "alert" } : {})}>
      <Icon name={props.icon ?? "warn"} />
      <p class={props.kind ? "" : "small"}>
        <strong>{props.bold}</strong> {props.children}
      </p>
    </div>
  );
}

/** What came of something that was just done, where the live part doesn't show it. */
export interface Said {
  kind?: "warn" | "bad";
  bold: string;
  rest: string;
}

export function SaidBanner({ said }: { said: Said | undefined }) {
  if (!said) return null;
  return (
    <Banner {...(said.kind && { kind: said.kind })} icon={said.kind ? "warn" : "info"} bold={said.bold} blocks>
      {said.rest}
    </Banner>
  );
}
