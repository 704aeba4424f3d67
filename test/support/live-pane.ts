import { openDesk } from "../views/client/desk.ts";
import { type LiveScreen, openLiveScreen } from "./live-screen.ts";

/** A seat's page whose preview is a screen with live video, by the tests' stand-in for neko. */
export interface LivePane {
  /** Of the page. */
  url: string;
  screen: LiveScreen;
  end(): Promise<void>;
}

export async function openLivePane(): Promise<LivePane> {
  const desk = openDesk({ available: true, viewers: ["neko", "vnc"] });
  const screen = await openLiveScreen();
  Object.assign(desk, { screen: screen.vnc, neko: screen.line });
  return {
    ...{ url: desk.url, screen },
    async end() {
      await screen.end();
      desk.end();
    },
  };
}
