/** What stands below the help. */
export const MORE = `CLARATEACH_MACHINE names the machine where --machine doesn't. "clarateach-agent COMMAND --help" shows what a command takes.
Exit codes: 0 done; 1 failed, with the reason; 2 the line can't be understood, nothing was done; 3 no machine, or its agent
can't be asked; 4 it waits for a person to continue or abort it; 130 you left with Ctrl-C, and it goes on.`;
