import { previewInABrowser } from "../support/preview-in-a-browser.ts";
import { startWorld } from "../support/world.ts";

previewInABrowser("process", () => startWorld({ CLARATEACH_RUNTIME: "process" }), "seats/01/workspace");
