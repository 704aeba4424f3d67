const SWAP = { "hx-swap": "innerMorph", "hx-status:4xx": "swap:none" };

/** Attributes of a live part: the server renders it again at every change. @param address of its page */
export const liveFrom = (address: string) => ({ "hx-sse:connect": `${address}/events`, "hx-trigger": "load, again", ...SWAP });

/** Beside a live part: by this its page asks for it once, where the way to here holds the stream back. @param of the part's id */
export function Asker({ of, from }: { of: string; from: string }) {
  return <span hidden data-asker hx-get={from} hx-target={`#${of}`} hx-trigger="ask" {...SWAP} />;
}
