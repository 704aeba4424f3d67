import type { RefreshPlan } from "../contract/api.ts";
import { type Command, command } from "../contract/command-line.ts";
import { seatName } from "../contract/seats.ts";
import { ASKS, openApi } from "./agent-api.ts";
import { ABOUT_SEATS } from "./asks.ts";
import { plainJson, plainLine } from "./plain.ts";
import { numbered, SEATS, seatNumbers, spans } from "./seat-words.ts";

export const planCommand: Command = command(
  {
    ...{ name: "plan", about: "tells what a refresh would do, and does nothing; of all seats where none is named" },
    ...{ words: [SEATS], options: ASKS, group: ABOUT_SEATS },
  },
  async ({ machine, json }, words) => {
    const api = openApi(machine);
    const seats = seatNumbers(await numbered(api, words)).map(seatName);
    const query = seats.length === 0 ? "" : `?seats=${seats.join(",")}`;
    const plan = await api.get<RefreshPlan>(`/v1/plan${query}`);
    console.log(json ? plainJson(plan) : printedPlan(plan));
  },
);

const DOES = {
  restarts: {
    one: "is made anew: its terminals and programs end, /workspace stays",
    many: "are made anew: their terminals and programs end, /workspace stays",
  },
  live: { one: "gets other connections, and goes on", many: "get other connections, and go on" },
  same: { one: "stays as it is", many: "stay as they are" },
} as const;

function printedPlan({ sdks, seats }: RefreshPlan): string {
  const layers = (["built", "reused"] as const).map((layer) => {
    const names = sdks.filter((one) => one.layer === layer).map(({ name }) => plainLine(name));
    return names.length === 0 ? undefined : `Layers ${layer}: ${names.join(", ")}`;
  });
  const moves = (["restarts", "live", "same"] as const).map((does) => {
    const those = seats.filter((one) => one.does === does).map(({ seat }) => seat);
    if (those.length === 0) return undefined;
    return those.length === 1 ? `Seat ${spans(those)} ${DOES[does].one}` : `Seats ${spans(those)} ${DOES[does].many}`;
  });
  return [...layers, ...moves].filter((line) => line !== undefined).join("\n") || "no seats";
}
