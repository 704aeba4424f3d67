import { command } from "../../agent/contract/command-line.ts";
import { readSettings, SETTING_OPTIONS } from "../config.ts";

export const checkCommand = command(
  { name: "check", about: "tells whether these settings can work, and serves nothing", options: SETTING_OPTIONS },
  (options) => void readSettings(options),
);
