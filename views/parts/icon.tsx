/** Drawn on a grid of 20 px with a stroke of 1.5 px, in the colour of the text around. */
const PATHS = {
  back: "m11.5 5-5 5 5 5",
  check: "m4.5 10.5 3.6 3.6 7.4-8",
  clip: "M6 4h8a1.5 1.5 0 0 1 1.5 1.5V16a1.5 1.5 0 0 1-1.5 1.5H6A1.5 1.5 0 0 1 4.5 16V5.5A1.5 1.5 0 0 1 6 4ZM7.5 4V3.2c0-.4.3-.7.7-.7h3.6c.4 0 .7.3.7.7V4c0 .6-.4 1-1 1h-3c-.6 0-1-.4-1-1Z",
  clock: "M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15ZM10 5.5V10l3 2",
  close: "m5 5 10 10M15 5 5 15",
  code: "m7 6-4 4 4 4M13 6l4 4-4 4",
  copy: "M9 7h5.5a2 2 0 0 1 2 2v5.5a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2ZM13 4.8A1.8 1.8 0 0 0 11.3 3.5H5.5a2 2 0 0 0-2 2v5.8A1.8 1.8 0 0 0 4.8 13",
  down: "m5 7.5 5 5 5-5",
  download: "M10 4v9M6.5 9.5 10 13l3.5-3.5M3.5 13.5v1.5a1.5 1.5 0 0 0 1.5 1.5h10a1.5 1.5 0 0 0 1.5-1.5v-1.5",
  file: "M11 2.5H6a1.5 1.5 0 0 0-1.5 1.5v12A1.5 1.5 0 0 0 6 17.5h8a1.5 1.5 0 0 0 1.5-1.5V7L11 2.5ZM11 2.5V7h4.5",
  fit: "M4 4.5h12A1.5 1.5 0 0 1 17.5 6v8a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 14V6A1.5 1.5 0 0 1 4 4.5ZM6 8h2M6 8v2M14 12h-2M14 12v-2",
  folder: "M2.5 6A1.5 1.5 0 0 1 4 4.5h3.5L9.5 7H16a1.5 1.5 0 0 1 1.5 1.5V14a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 14V6Z",
  full: "M12 3.5h4.5V8M16.5 3.5l-5 5M8 16.5H3.5V12M3.5 16.5l5-5",
  globe:
    "M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15ZM2.5 10h15M10 2.5c2.2 2 3.2 4.6 3.2 7.5s-1 5.5-3.2 7.5c-2.2-2-3.2-4.6-3.2-7.5s1-5.5 3.2-7.5Z",
  info: "M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15ZM10 9.3v4.2M10 6.5v.1",
  key: "M7 9.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7ZM9.5 10.5l7-7M13.5 6.5l2.5 2.5",
  keyboard:
    "M3.5 5.5h13a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1ZM5.5 8.5h.01M8.5 8.5h.01M11.5 8.5h.01M14.5 8.5h.01M6.5 11.5h7",
  link: "M8.5 11.5a3.2 3.2 0 0 0 4.6 0l2.6-2.6a3.25 3.25 0 0 0-4.6-4.6l-1 1M11.5 8.5a3.2 3.2 0 0 0-4.6 0l-2.6 2.6a3.25 3.25 0 0 0 4.6 4.6l1-1",
  mute: "M3.5 8v4h2.8l3.9 3.2V4.8L6.3 8H3.5ZM13.2 8l4 4M17.2 8l-4 4",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  newfile: "M10 2.5H6a1.5 1.5 0 0 0-1.5 1.5v12A1.5 1.5 0 0 0 6 17.5h8a1.5 1.5 0 0 0 1.5-1.5V8M14 1.5v5M11.5 4h5",
  newfolder: "M10.5 15.5H4A1.5 1.5 0 0 1 2.5 14V6A1.5 1.5 0 0 1 4 4.5h3.5L9.5 7H16a1.5 1.5 0 0 1 1.5 1.5V10M15 12.5v5M12.5 15h5",
  out: "M8 3.5H5.5a2 2 0 0 0-2 2v9a2 2 0 0 0 2 2H8M13 6.5l3.5 3.5-3.5 3.5M16 10H8",
  plus: "M10 4v12M4 10h12",
  reload: "M16.2 8A6.5 6.5 0 1 0 16.5 11M16.5 4v4h-4",
  rename: "m12.5 4.5 3 3L7 16l-3.8.8L4 13l8.5-8.5ZM10.7 6.3l3 3",
  right: "m7.5 5 5 5-5 5",
  screen: "M4 4h12a1.5 1.5 0 0 1 1.5 1.5v7A1.5 1.5 0 0 1 16 14H4a1.5 1.5 0 0 1-1.5-1.5v-7A1.5 1.5 0 0 1 4 4ZM7 17h6M10 14v3",
  sealed: "M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15ZM6.6 10.3l2.4 2.4 4.5-5",
  search: "M9 3.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11ZM13.2 13.2 17 17",
  sound: "M3.5 8v4h2.8l3.9 3.2V4.8L6.3 8H3.5ZM13 7.5a3.6 3.6 0 0 1 0 5M15.2 5.3a6.7 6.7 0 0 1 0 9.4",
  tabs: "M8 6.5h8A1.5 1.5 0 0 1 17.5 8v7a1.5 1.5 0 0 1-1.5 1.5H8A1.5 1.5 0 0 1 6.5 15V8A1.5 1.5 0 0 1 8 6.5ZM4 13.5a1.5 1.5 0 0 1-1.5-1.5V5A1.5 1.5 0 0 1 4 3.5h8.5A1.5 1.5 0 0 1 14 5",
  terminal: "M4.5 3.5h11a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-11a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2ZM6 8l2.5 2.2L6 12.5M10.5 13H14",
  theme: "M10 3.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Z",
  trash:
    "M3.5 5.5h13M8 5.5V4a1 1 0 0 1 1-1h2a1 1 0 0 1 1 1v1.5M5 5.5l.7 10a1.5 1.5 0 0 0 1.5 1.5h5.6a1.5 1.5 0 0 0 1.5-1.5l.7-10M8.3 8.5l.3 5.5M11.7 8.5l-.3 5.5",
  upload: "M10 13V4M6.5 7.5 10 4l3.5 3.5M3.5 13.5v1.5a1.5 1.5 0 0 0 1.5 1.5h10a1.5 1.5 0 0 0 1.5-1.5v-1.5",
  wall: "M3.5 7.5v-4h4M12.5 3.5h4v4M16.5 12.5v4h-4M7.5 16.5h-4v-4",
  warn: "M10 3.5 2.8 16h14.4L10 3.5ZM10 8.5v3.6M10 14.2v.1",
};

export type IconName = keyof typeof PATHS;

/** Never alone: a word stands beside it, or its button has a name. */
export function Icon({ name, small }: { name: IconName; small?: boolean }) {
  return (
    <svg class={small ? "i s" : "i"} viewBox="0 0 20 20" aria-hidden="true">
      <Shape name={name} />
    </svg>
  );
}

/** All of them, once in the workspace's document; its parts and scripts (views/client/shared/dom.ts) show them by `<use>`. */
export function Symbols() {
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: nothing of it is shown, it only defines
    <svg hidden>
      {Object.keys(PATHS).map((name) => (
        <symbol key={name} id={name} viewBox="0 0 20 20">
          <Shape name={name as IconName} />
        </symbol>
      ))}
    </svg>
  );
}

/** An icon out of `Symbols`. */
export function Use({ name, large }: { name: IconName; large?: boolean }) {
  return (
    <svg class={large ? "i" : "i s"} aria-hidden="true">
      <use href={`#${name}`} />
    </svg>
  );
}

function Shape({ name }: { name: IconName }) {
  return (
    <>
      <path d={PATHS[name]} {...(name === "more" ? { "stroke-width": 2.5 } : {})} />
      {name === "theme" && <path d="M10 3.5a6.5 6.5 0 0 1 0 13Z" fill="currentColor" />}
    </>
  );
}
