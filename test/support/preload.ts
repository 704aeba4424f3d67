import { join } from "node:path";

// No test may reach a cloud's metadata server or a person's own settings.
process.env.METADATA_SERVER_DETECTION = "none";
for (const name of Object.keys(process.env)) if (name.startsWith("CLARATEACH_")) delete process.env[name];
// What seats have besides the computer's own programs is fetched once for all tests.
process.env.CLARATEACH_TOOLS = join(import.meta.dir, "..", "..", ".cache", "tools");
// Nobody listens there: agents that tests start ask no real upstream.
process.env.CLARATEACH_LLM_URL = "http://127.0.0.1:9";
