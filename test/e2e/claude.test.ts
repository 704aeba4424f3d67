import { claudeInABrowser } from "../support/claude-in-a-browser.ts";
import { startWorld } from "../support/world.ts";

claudeInABrowser("process", (upstream) => startWorld({ CLARATEACH_RUNTIME: "process", CLARATEACH_LLM_URL: upstream }));
