/**
 * `~/.claude.json` of a new home (mode 0600): the CLI then asks for no theme, shows no welcome and trusts every folder of the seat. It is the
 * learner's from then on, and the CLI adds to it.
 */
export const CLAUDE_SEED = `${JSON.stringify({ hasCompletedOnboarding: true, projects: { "/": { hasTrustDialogAccepted: true } } })}\n`;
