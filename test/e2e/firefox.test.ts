import { classStory } from "../support/browsers/class-story.ts";
import { startFirefox } from "../support/browsers/firefox.ts";

classStory("Firefox", startFirefox);
