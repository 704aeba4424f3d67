/** The workspace page's icons, once in the document; scripts make the same by `<use>` (views/client/shared/dom.ts). */
const SYMBOLS = {
  check: <path d="m4.5 10.5 3.6 3.6 7.4-8" />,
  clip: (
    <>
      <rect x="4.5" y="4" width="11" height="13.5" rx="1.5" />
      <path d="M7.5 4V3.2c0-.4.3-.7.7-.7h3.6c.4 0 .7.3.7.7V4c0 .6-.4 1-1 1h-3c-.6 0-1-.4-1-1Z" />
    </>
  ),
  close: <path d="m5 5 10 10M15 5 5 15" />,
  code: <path d="m7 6-4 4 4 4M13 6l4 4-4 4" />,
  copy: (
    <>
      <rect x="7" y="7" width="9.5" height="9.5" rx="2" />
      <path d="M13 4.8A1.8 1.8 0 0 0 11.3 3.5H5.5a2 2 0 0 0-2 2v5.8A1.8 1.8 0 0 0 4.8 13" />
    </>
  ),
  down: <path d="m5 7.5 5 5 5-5" />,
  download: <path d="M10 4v9M6.5 9.5 10 13l3.5-3.5M3.5 13.5v1.5a1.5 1.5 0 0 0 1.5 1.5h10a1.5 1.5 0 0 0 1.5-1.5v-1.5" />,
  file: (
    <>
      <path d="M11 2.5H6a1.5 1.5 0 0 0-1.5 1.5v12A1.5 1.5 0 0 0 6 17.5h8a1.5 1.5 0 0 0 1.5-1.5V7L11 2.5Z" />
      <path d="M11 2.5V7h4.5" />
    </>
  ),
  fit: (
    <>
      <rect x="2.5" y="4.5" width="15" height="11" rx="1.5" />
      <path d="M6 8h2M6 8v2M14 12h-2M14 12v-2" />
    </>
  ),
  folder: (
    <path d="M2.5 6A1.5 1.5 0 0 1 4 4.5h3.5L9.5 7H16a1.5 1.5 0 0 1 1.5 1.5V14a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 14V6Z" />
  ),
  globe: (
    <>
      <circle cx="10" cy="10" r="7.5" />
      <path d="M2.5 10h15M10 2.5c2.2 2 3.2 4.6 3.2 7.5s-1 5.5-3.2 7.5c-2.2-2-3.2-4.6-3.2-7.5s1-5.5 3.2-7.5Z" />
    </>
  ),
  info: <path d="M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15ZM10 9.3v4.2M10 6.5v.1" />,
  key: (
    <>
      <circle cx="7" cy="13" r="3.5" />
      <path d="m9.5 10.5 7-7M13.5 6.5l2.5 2.5" />
    </>
  ),
  link: (
    <path d="M8.5 11.5a3.2 3.2 0 0 0 4.6 0l2.6-2.6a3.25 3.25 0 0 0-4.6-4.6l-1 1M11.5 8.5a3.2 3.2 0 0 0-4.6 0l-2.6 2.6a3.25 3.25 0 0 0 4.6 4.6l1-1" />
  ),
  more: <path d="M5 10h.1M10 10h.1M15 10h.1" stroke-width="2.5" />,
  newfile: (
    <>
      <path d="M10 2.5H6a1.5 1.5 0 0 0-1.5 1.5v12A1.5 1.5 0 0 0 6 17.5h8a1.5 1.5 0 0 0 1.5-1.5V8" />
      <path d="M14 1.5v5M11.5 4h5" />
    </>
  ),
  newfolder: (
    <>
      <path d="M10.5 15.5H4A1.5 1.5 0 0 1 2.5 14V6A1.5 1.5 0 0 1 4 4.5h3.5L9.5 7H16a1.5 1.5 0 0 1 1.5 1.5V10" />
      <path d="M15 12.5v5M12.5 15h5" />
    </>
  ),
  reload: <path d="M16.2 8A6.5 6.5 0 1 0 16.5 11M16.5 4v4h-4" />,
  rename: <path d="m12.5 4.5 3 3L7 16l-3.8.8L4 13l8.5-8.5ZM10.7 6.3l3 3" />,
  right: <path d="m7.5 5 5 5-5 5" />,
  search: (
    <>
      <circle cx="9" cy="9" r="5.5" />
      <path d="m13.2 13.2 3.8 3.8" />
    </>
  ),
  tabs: (
    <>
      <rect x="6.5" y="6.5" width="11" height="10" rx="1.5" />
      <path d="M4 13.5a1.5 1.5 0 0 1-1.5-1.5V5A1.5 1.5 0 0 1 4 3.5h8.5A1.5 1.5 0 0 1 14 5" />
    </>
  ),
  terminal: (
    <>
      <rect x="2.5" y="3.5" width="15" height="13" rx="2" />
      <path d="m6 8 2.5 2.2L6 12.5M10.5 13H14" />
    </>
  ),
  theme: (
    <>
      <circle cx="10" cy="10" r="6.5" />
      <path d="M10 3.5a6.5 6.5 0 0 1 0 13Z" fill="currentColor" />
    </>
  ),
  trash: (
    <path d="M3.5 5.5h13M8 5.5V4a1 1 0 0 1 1-1h2a1 1 0 0 1 1 1v1.5M5 5.5l.7 10a1.5 1.5 0 0 0 1.5 1.5h5.6a1.5 1.5 0 0 0 1.5-1.5l.7-10M8.3 8.5l.3 5.5M11.7 8.5l-.3 5.5" />
  ),
  upload: <path d="M10 13V4M6.5 7.5 10 4l3.5 3.5M3.5 13.5v1.5a1.5 1.5 0 0 0 1.5 1.5h10a1.5 1.5 0 0 0 1.5-1.5v-1.5" />,
  wall: <path d="M3.5 7.5v-4h4M12.5 3.5h4v4M16.5 12.5v4h-4M7.5 16.5h-4v-4" />,
  warn: <path d="M10 3.5 2.8 16h14.4L10 3.5ZM10 8.5v3.6M10 14.2v.1" />,
};

export type SymbolName = keyof typeof SYMBOLS;

export function Symbols() {
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: nothing of it is shown, it only defines
    <svg hidden>
      {Object.entries(SYMBOLS).map(([name, shape]) => (
        <symbol key={name} id={name} viewBox="0 0 20 20">
          {shape}
        </symbol>
      ))}
    </svg>
  );
}

/** Never alone: a word stands beside it, or its button has a name. */
export function Use({ name, large }: { name: SymbolName; large?: boolean }) {
  return (
    <svg class={large ? "i" : "i s"} aria-hidden="true">
      <use href={`#${name}`} />
    </svg>
  );
}
