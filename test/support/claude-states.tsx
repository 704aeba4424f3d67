import { renderPage } from "../../views/layout.tsx";
import type { KeyTrial, LlmView } from "../../views/llm.ts";
import { ClaudePage, type ClaudeTyped } from "../../views/pages/claude.tsx";
import { WorkshopPage } from "../../views/pages/workshop.tsx";
import type { Receipt, ShownWorkshop } from "../../views/workshop.ts";
import { at, llmSeat, llmView, NOW, workshopView } from "./views.tsx";

const page = (more: Partial<ShownWorkshop> = {}) => renderPage(<WorkshopPage workshop={workshopView(more)} />);
const used = (usd: number | null, requests: number, inputTokens: number) => ({
  ...{ usd, requests, inputTokens, outputTokens: Math.round(inputTokens / 9), cacheWriteTokens: 0 },
  cacheReadTokens: inputTokens * 4,
});
const llm = (more: Partial<LlmView> = {}) =>
  llmView(10, {
    ...{ workshopUsd: 20, ...used(3.4127, 212, 410_000) },
    ...more,
    seats: [
      llmSeat(1, used(1.2104, 80, 140_000)),
      llmSeat(2, { ...used(1.0042, 41, 120_000), limitUsd: 1, usedUp: true }),
      llmSeat(3, { ...used(0.004, 2, 3000), paused: true }),
      llmSeat(4, used(1.1941, 89, 147_000)),
      ...[5, 6, 7, 8, 9, 10].map((seat) => llmSeat(seat)),
    ],
  });
const trial = (is: KeyTrial["is"]): KeyTrial => ({ is, at: NOW, said: "api.anthropic.com answered 401" });
const TYPED: ClaudeTyped = {
  ...{ workshopUsd: "20", seatUsd: "5", models: "claude-haiku-4-5\nclaude-sonnet-5-5", permissions: "edits" },
  limits: {},
};

const RECEIPT: Receipt = {
  ...{ removedAt: at(93), checkedAt: at(93.02), learners: 8, seconds: 110 * 60, items: [] },
  removed: { processes: 0, directories: 0, bytes: 0, sockets: 0, machines: 0, secrets: 0 },
};

/** Pages that show what is wanted of Claude, how it does and what was used. */
export const CLAUDE_STATES: Record<string, () => string> = {
  claude: () => page({ llm: llm() }),
  "claude-refused": () => page({ llm: llm({ state: "refused", message: "401: no such key" }) }),
  "claude-away": () => page({ llm: llm({ state: "unreachable", message: "no answer (ConnectionRefused)" }) }),
  "claude-paused": () => page({ llm: llm({ state: "paused", paused: true, usd: null }) }),
  "claude-used-up": () => page({ llm: llm({ workshopUsd: 3, usedUp: true }) }),
  "claude-settings": () => renderPage(<ClaudePage workshop={workshopView({ llm: llm() })} typed={TYPED} problems={{}} />),
  "claude-settings-problem": () =>
    renderPage(
      <ClaudePage
        workshop={workshopView({ llm: llm() })}
        typed={{ ...TYPED, seatUsd: "five", limits: { 4: "-1" } }}
        problems={{
          seatUsd: "This is “five”; use dollars from 0 to 10000.",
          "limit-4": "This is “-1”; use dollars from 0 to 10000, or leave it empty.",
          apiKey: "This key has a space or a line break in it. Copy it again from where you made it.",
        }}
      />,
    ),
  "created-refused": () =>
    page({
      ...{ state: "created", learners: [] },
      llm: llmView(10, { state: "refused", message: "api.anthropic.com answered 401", trial: trial("refused") }),
    }),
  "stopped-claude": () =>
    page({
      state: "stopped",
      receipt: {
        ...RECEIPT,
        llm: { ...used(3.4127, 212, 410_000), seats: [1, 4].map((seat) => ({ seat, ...used(1.7, 106, 205_000) })) },
      },
    }),
  "created-good": () => page({ state: "created", learners: [], llm: llmView(10, { trial: trial("good") }) }),
};
