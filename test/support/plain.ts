/** What a terminal was sent, colours and positions aside. */
export const plain = (text: string): string =>
  text.replace(/\x1b(\[[\d;?<=>]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[()].|[=>78cM])|\x0f/g, "");

/** So, too, but what is drawn somewhere else is a line of its own: tmux goes there without an end of line when it draws its screen anew. */
export const plainLines = (text: string): string => plain(text.replace(/\x1b\[[\d;]*[Hfd]/g, "\n"));
