import { copyButtons } from "../shared/copy-buttons.ts";
import { retryingPages } from "../shared/retry.ts";
import { themeButtons } from "../shared/theme-button.ts";
import { liveTimes } from "../shared/times.ts";
import { questions } from "./ask.ts";
import { onceOnly } from "./double-click.ts";
import { dropZones } from "./drop.ts";
import { streamGuard } from "./stream.ts";
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
