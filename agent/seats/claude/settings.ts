import type { RelayWish } from "../../contract/llm.ts";

/** What a seat's Claude CLI is set to beyond what all have. */
export interface ClaudeWish {
  /** The workshop's; missing: all. */
  models?: RelayWish["models"];
  /** Missing: `edits`. */
  permissions?: RelayWish["permissions"];
  /** Claude answers in it: "German". Missing: in the language it is asked in. */
  language?: string;
}

/** Where the CLI runs. */
export interface ClaudeSeat {
  /** The relay, as the seat's programs reach it. */
  baseUrl: string;
  /** The directory that is the learner's `/workspace`. */
  workspace: string;
}

/**
 * The settings file of a seat's CLI, as an object for JSON: no question, no other host than the relay, no request that nobody asked for.
 * The same as managed settings, which no learner changes, and as those of her home.
 */
export function claudeSettings(wish: ClaudeWish, { baseUrl, workspace }: ClaudeSeat): object {
  return {
    env: { ...CLAUDE_ENVIRONMENT, ANTHROPIC_BASE_URL: baseUrl, ...backgroundModel(wish) },
    permissions: { ...permissionsOf(wish.permissions), additionalDirectories: [workspace], disableAutoMode: "disable" },
    model: defaultModel(wish),
    ...(wish.models?.length && { availableModels: wish.models, enforceAvailableModels: true }),
    ...(wish.language && { language: wish.language }),
    ...FRUGAL,
  };
}

/** No updater, no telemetry, no shop of plugins: each asks hosts of its own. */
export const CLAUDE_ENVIRONMENT: Readonly<Record<string, string>> = {
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL: "1",
  DISABLE_UPDATES: "1",
};

/** What else would ask other hosts, or cost the instructor's key without a learner's wish: it halves a request. */
const FRUGAL = {
  // It would ask claude.ai whether an address may be fetched.
  skipWebFetchPreflight: true,
  disableDeepLinkRegistration: "disable",
  disableWorkflows: true,
  disableBundledSkills: true,
  disableAgentView: true,
  disableRemoteControl: true,
  includeGitInstructions: false,
  awaySummaryEnabled: false,
  promptSuggestionEnabled: false,
  spinnerTipsEnabled: false,
  feedbackSurveyRate: 0,
};

/** Edits in the workspace pass without a question; `ask` asks before everything, `everything` never. */
function permissionsOf(permissions: ClaudeWish["permissions"] = "edits"): object {
  const held = { disableBypassPermissionsMode: "disable" };
  if (permissions === "ask") return { ...held, defaultMode: "default" };
  return { ...held, defaultMode: "acceptEdits", allow: permissions === "everything" ? EVERYTHING : [PLAYWRIGHT] };
}

const PLAYWRIGHT = "mcp__playwright__*";
/** By name: the CLI's own mode for it refuses to start as root, which plain processes may be. */
const EVERYTHING = [PLAYWRIGHT, "Bash", "Read", "Edit", "Write", "NotebookEdit", "WebFetch", "WebSearch"];

/** The cheapest that teaches well. */
const TEACHES = "sonnet";

const defaultModel = ({ models = [] }: ClaudeWish): string =>
  models.find((model) => model.includes(TEACHES)) ?? models[0] ?? TEACHES;

/** What the CLI asks by itself goes to its smallest model, which a list may not have. */
function backgroundModel(wish: ClaudeWish): { ANTHROPIC_DEFAULT_HAIKU_MODEL?: string } {
  if (!wish.models?.length) return {};
  return { ANTHROPIC_DEFAULT_HAIKU_MODEL: wish.models.find((model) => model.includes("haiku")) ?? defaultModel(wish) };
}
