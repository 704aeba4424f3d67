import { setDefaultTimeout } from "bun:test";

// No test may reach a cloud's metadata server or a person's own settings.
process.env.METADATA_SERVER_DETECTION = "none";
for (const name of Object.keys(process.env)) if (name.startsWith("CLARATEACH_")) delete process.env[name];
// `bun test` gives up after 5 s, `until` after two minutes with the reason.
setDefaultTimeout(5 * 60_000);
