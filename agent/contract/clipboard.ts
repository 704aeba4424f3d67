/** What a page and its seat's browser hand each other by the clipboard, at most: bytes of UTF-8. A longer text is a file's matter. */
export const CLIPBOARD_LIMIT = 1024 * 1024;
