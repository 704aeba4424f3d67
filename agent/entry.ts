/** Where the executable begins. The front is a process of its own beside the agent: read alone, it is a third smaller. */
if (process.argv[2] === "front") {
  const [{ run }, { frontOnly }] = await Promise.all([import("./run.ts"), import("./front-process.ts")]);
  await run(frontOnly);
} else {
  await import("./main.ts");
}

export {};
