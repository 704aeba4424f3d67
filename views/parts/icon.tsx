/** Drawn on a grid of 20 px with a stroke of 1.5 px, in the colour of the text around. */
const PATHS = {
  back: "m11.5 5-5 5 5 5",
  check: "m4.5 10.5 3.6 3.6 7.4-8",
  clock: "M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15ZM10 5.5V10l3 2",
  close: "m5 5 10 10M15 5 5 15",
  copy: "M9 7h5.5a2 2 0 0 1 2 2v5.5a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2ZM13 4.8A1.8 1.8 0 0 0 11.3 3.5H5.5a2 2 0 0 0-2 2v5.8A1.8 1.8 0 0 0 4.8 13",
  download: "M10 4v9M6.5 9.5 10 13l3.5-3.5M3.5 13.5v1.5a1.5 1.5 0 0 0 1.5 1.5h10a1.5 1.5 0 0 0 1.5-1.5v-1.5",
  folder: "M2.5 6A1.5 1.5 0 0 1 4 4.5h3.5L9.5 7H16a1.5 1.5 0 0 1 1.5 1.5V14a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 14V6Z",
  info: "M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15ZM10 9.3v4.2M10 6.5v.1",
  link: "M8.5 11.5a3.2 3.2 0 0 0 4.6 0l2.6-2.6a3.25 3.25 0 0 0-4.6-4.6l-1 1M11.5 8.5a3.2 3.2 0 0 0-4.6 0l-2.6 2.6a3.25 3.25 0 0 0 4.6 4.6l1-1",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  out: "M8 3.5H5.5a2 2 0 0 0-2 2v9a2 2 0 0 0 2 2H8M13 6.5l3.5 3.5-3.5 3.5M16 10H8",
  plus: "M10 4v12M4 10h12",
  reload: "M16.2 8A6.5 6.5 0 1 0 16.5 11M16.5 4v4h-4",
  sealed: "M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15ZM6.6 10.3l2.4 2.4 4.5-5",
  theme: "M10 3.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Z",
  upload: "M10 13V4M6.5 7.5 10 4l3.5 3.5M3.5 13.5v1.5a1.5 1.5 0 0 0 1.5 1.5h10a1.5 1.5 0 0 0 1.5-1.5v-1.5",
  wall: "M3.5 7.5v-4h4M12.5 3.5h4v4M16.5 12.5v4h-4M7.5 16.5h-4v-4",
  warn: "M10 3.5 2.8 16h14.4L10 3.5ZM10 8.5v3.6M10 14.2v.1",
};

export type IconName = keyof typeof PATHS;

/** Never alone: a word stands beside it, or its button has a name. */
export function Icon({ name, small }: { name: IconName; small?: boolean }) {
  return (
    <svg class={small ? "i s" : "i"} viewBox="0 0 20 20" aria-hidden="true">
      <path d={PATHS[name]} {...(name === "more" ? { "stroke-width": 2.5 } : {})} />
      {name === "theme" && <path d="M10 3.5a6.5 6.5 0 0 1 0 13Z" fill="currentColor" />}
    </svg>
  );
}
