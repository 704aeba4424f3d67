import type { LlmOwn } from "../../../agent/contract/llm.ts";
import { all, one } from "../shared/dom.ts";
import { wordsOf } from "./claude-words.ts";
import { notice, withdraw } from "./notices.ts";
import { lookUp } from "./session.ts";

/** Between two looks at what was used; a page that nobody sees asks nothing. */
const LOOK_MS = 5_000;

/** What this seat used of the class's key for Claude, at the top of the page and live. @returns stops it */
export function startClaudeUse(first: LlmOwn | undefined): () => void {
  let paused = first?.paused ?? false;
  if (first) show(first);
  const timer = setInterval(async () => {
    if (document.hidden) return;
    const sight = await lookUp();
    if (sight.is !== "here" || !sight.session.llm) return;
    const { llm } = sight.session;
    show(llm);
    if (llm.paused !== paused) tell(llm.paused);
    paused = llm.paused;
  }, LOOK_MS);
  if (paused) tell(true);
  return () => clearInterval(timer);
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
