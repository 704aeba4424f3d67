import { dollars } from "../client/shared/money.ts";
import type { LlmTrouble, LlmView } from "../llm.ts";
import type { ShownWorkshop } from "../workshop.ts";
import { Banner } from "./banner.tsx";

/** What is wrong with Claude and what to do about it: above everything else of a class, as long as it lasts. */
export function ClaudeTrouble({ workshop: { id, llm, state } }: { workshop: ShownWorkshop }) {
  const running = state === "running";
  return (
    <>
      {isTrouble(llm.state) && !(llm.state === "no-key" && !llm.message) && (
        <Banner kind={WAITS.includes(llm.state) ? "warn" : "bad"} bold={TROUBLE[llm.state].bold} blocks={running}>
          {llm.message && `Reason: “${llm.message}”. `}
          {TROUBLE[llm.state].rest} {running && KEY_HELPS.includes(llm.state) && GOES_ON}{" "}
          {KEY_HELPS.includes(llm.state) && <ReplaceKey id={id} />}
        </Banner>
      )}
      {running && llm.paused && (
        <Banner kind="warn" bold="Claude is paused for everybody.">
          Learners are told so when they ask it something, and on their page.
        </Banner>
      )}
      {running && llm.usedUp && (
        <Banner kind="warn" bold={`The class’s budget of ${dollars(llm.workshopUsd)} is used up.`}>
          Claude answers nobody until it is raised. <a href={`/workshops/${id}/claude`}>Caps and models</a>
        </Banner>
      )}
    </>
  );
}

const GOES_ON = "Learners go on with their next request then.";

const ReplaceKey = ({ id }: { id: string }) => <a href={`/workshops/${id}/claude#key`}>Replace the key…</a>;

const isTrouble = (state: LlmView["state"]): state is LlmTrouble => state !== "ok" && state !== "paused";
/** Passes by itself. */
const WAITS: LlmTrouble[] = ["limited", "unreachable"];
const KEY_HELPS: LlmTrouble[] = ["no-key", "refused", "no-credit"];

const TROUBLE: Record<LlmTrouble, { bold: string; rest: string }> = {
  "no-key": {
    bold: "The API key could not be handed to the machine.",
    rest: "That is tried again every few seconds; until then Claude answers nobody.",
  },
  refused: {
    bold: "The API key is refused.",
    rest: "Copy it again from where you made it, or make a new one.",
  },
  "no-credit": {
    bold: "The account of the API key is out of credit.",
    rest: "Add credit there, or use another account’s key.",
  },
  unreachable: {
    bold: "Claude can’t be reached.",
    rest: "Look whether this server has a connection, and whether CLARATEACH_LLM_URL is right. It is tried again by itself.",
  },
  limited: {
    bold: "Claude asks the class to wait.",
    rest: "The account’s rate limit is reached, or the API is at capacity. Requests go on by themselves; a higher limit is asked for at the API’s console.",
  },
};
