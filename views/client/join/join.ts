import { copyButtons } from "../shared/copy-buttons.ts";
import { retryingPages } from "../shared/retry.ts";
import { themeButtons } from "../shared/theme-button.ts";
import { liveTimes } from "../shared/times.ts";
import { pausedForms } from "./pause.ts";
import { signInByLink } from "./sign-in.ts";

themeButtons();
liveTimes();
copyButtons();
pausedForms();
retryingPages();
signInByLink();
