import { classInABrowser } from "../support/class-in-a-browser.ts";
import { startWorld } from "../support/world.ts";

classInABrowser("process", () => startWorld({ CLARATEACH_RUNTIME: "process" }));
