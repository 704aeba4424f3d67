import { questions } from "./ask.ts";
import { copyButtons } from "./copy-buttons.ts";
import { onceOnly } from "./double-click.ts";
import { dropZones } from "./drop.ts";
import { retryingPages } from "./retry.ts";
import { streamGuard } from "./stream.ts";
import { themeButtons } from "./theme-button.ts";
import { liveTimes } from "./times.ts";
import { wallBoard } from "./wall.ts";

onceOnly();
themeButtons();
liveTimes();
copyButtons();
questions();
wallBoard();
dropZones();
streamGuard();
retryingPages();
