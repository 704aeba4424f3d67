import type { Clipboard } from "./clipboard.ts";
import type { Desktop } from "./desktop.ts";
import type { Faults } from "./faults.ts";
import type { Mux } from "./mux.ts";
import type { Seen } from "./seen.ts";
import type { Sessions } from "./sessions.ts";
import type { NekoSettings } from "./settings.ts";
import type { Source } from "./source.ts";

/** What all parts of one neko share. */
export interface Room {
  settings: NekoSettings;
  sessions: Sessions;
  desktop: Desktop;
  clipboard: Clipboard;
  mux: Mux;
  picture: Source;
  sound: Source;
  faults: Faults;
  seen: Seen;
}
