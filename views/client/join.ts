import { copyButtons } from "./copy-buttons.ts";
import { restingForms } from "./rest.ts";
import { retryingPages } from "./retry.ts";
import { signInByLink } from "./sign-in.ts";
import { themeButtons } from "./theme-button.ts";
import { liveTimes } from "./times.ts";

themeButtons();
liveTimes();
copyButtons();
restingForms();
retryingPages();
signInByLink();
