import { startFirefox } from "../support/browsers/firefox.ts";
import { picturesIn } from "../support/browsers/pictures-in.ts";

// What decodes H.264 in its WebRTC Firefox fetches from elsewhere after its first start; tests' Firefox never does.
picturesIn("Firefox", startFirefox, "Pictures over the web connection: this browser can’t show the seat’s video.");
