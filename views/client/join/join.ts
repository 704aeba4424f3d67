import { copyButtons } from "../shared/copy-buttons.ts";
import { retryingPages } from "../shared/retry.ts";
import { themeButtons } from "../shared/theme-button.ts";
import { liveTimes } from "../shared/times.ts";
import { restingForms } from "./rest.ts";
import { signInByLink } from "./sign-in.ts";

themeButtons();
liveTimes();
copyButtons();
restingForms();
retryingPages();
signInByLink();
