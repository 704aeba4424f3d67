// No test may reach a cloud's metadata server or a person's own settings.
process.env.METADATA_SERVER_DETECTION = "none";
for (const name of Object.keys(process.env)) if (name.startsWith("CLARATEACH_")) delete process.env[name];
