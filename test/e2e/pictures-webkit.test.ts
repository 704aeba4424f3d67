import { picturesIn } from "../support/browsers/pictures-in.ts";
import { startWebkit } from "../support/browsers/webkit.ts";

// Debian's WebKit is built without WebRTC; Apple's has it.
picturesIn("WebKit", startWebkit, "Pictures over the web connection: this browser has no WebRTC, which live video needs.");
