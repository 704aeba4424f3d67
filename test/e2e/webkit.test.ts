import { classStory } from "../support/browsers/class-story.ts";
import { startWebkit } from "../support/browsers/webkit.ts";

classStory("WebKit", startWebkit);
