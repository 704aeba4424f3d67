import type { LlmOwn } from "../../../agent/contract/llm.ts";
import { all, one } from "../shared/dom.ts";
import { wordsOf } from "./claude-words.ts";
import { notice, withdraw } from "./notices.ts";

/** What this seat used of the class's key for Claude, at the top of the page. @returns shows it anew */
export function startClaudeUse(first: LlmOwn | undefined): (now: LlmOwn | undefined) => void {
  let paused = false;
  const follow = (own: LlmOwn | undefined) => {
    if (!own) return;
    show(own);
    if (own.paused !== paused) tell(own.paused);
    paused = own.paused;
  };
  follow(first);
  return follow;
}

function show(own: LlmOwn): void {
  const { short, bare, whole } = wordsOf(own);
  one("[data-claude-rule]").hidden = false;
  for (const place of all("[data-claude]")) {
    place.hidden = false;
    place.title = whole;
    place.toggleAttribute("data-near", isNear(own));
    // On a phone there is no room for the word.
    const text = place.dataset.claude === "narrow" ? bare : short;
    if (place.textContent !== text) place.textContent = text;
  }
}

/** Of the cap; louder from here on. */
const NEAR = 0.9;
const isNear = ({ usd, limitUsd, paused }: LlmOwn): boolean =>
  paused || (usd !== null && limitUsd !== undefined && usd >= limitUsd * NEAR);

function tell(paused: boolean): void {
  if (!paused) withdraw("claude-paused");
  else
    notice({
      id: "claude-paused",
      icon: "info",
      strong: "Claude is paused.",
      rest: "Your instructor will let it go on.",
      warn: true,
    });
}
