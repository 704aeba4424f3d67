import { expect, test } from "bun:test";
import fc from "fast-check";
import { howOf } from "../../../../../views/client/workspace/preview/how.ts";
import type { Happening } from "../../../../../views/client/workspace/preview/ladder/happenings.ts";
import {
  type Choice,
  isShown,
  type Kind,
  type Ladder,
  plan,
} from "../../../../../views/client/workspace/preview/ladder/state.ts";
import { begin, step } from "../../../../../views/client/workspace/preview/ladder/step.ts";
import { GIVE_UP_MS, UNASKED_GAP_MS } from "../../../../../views/client/workspace/preview/ladder/time.ts";

/** So often the page tells the time. */
const TICK_MS = 500;

interface PageOptions {
  choice?: Choice;
  offered?: boolean;
  webrtc?: boolean;
  words?: string;
}

/** A page whose ladder hears the time and, while frames come, of them; `vnc` has a picture half a second after it started. */
class Page {
  ladder: Ladder;
  now = 1_000;
  frames = false;
  pictures = true;
  readonly shown: Kind[] = [];
  #vncSince: number | undefined;

  constructor({ choice = "auto", offered = true, webrtc = true, words }: PageOptions = {}) {
    this.ladder = begin(this.now, choice, { offered, words }, webrtc);
    this.#note();
  }

  happen(happening: Happening): this {
    this.ladder = step(this.ladder, happening, this.now);
    this.#note();
    return this;
  }

  pass(ms: number): this {
    const end = this.now + ms;
    while (this.now < end) {
      this.now = Math.min(end, this.now + TICK_MS);
      if (this.frames && this.runs("neko")) this.happen({ is: "frame" });
      if (this.runs("vnc") && this.pictures && !this.ladder.picture && this.now - (this.#vncSince ?? this.now) >= TICK_MS)
        this.happen({ is: "picture", there: true });
      this.happen({ is: "tick" });
    }
    return this;
  }

  runs = (kind: Kind): boolean => plan(this.ladder).run.includes(kind);
  get show(): Kind {
    return plan(this.ladder).show;
  }
  how = () => howOf(this.ladder);

  #note(): void {
    this.#vncSince = this.runs("vnc") ? (this.#vncSince ?? this.now) : undefined;
    if (this.shown.at(-1) !== this.show) this.shown.push(this.show);
  }
}

const asked = (options?: ConstructorParameters<typeof Page>[0]) =>
  new Page(options).happen({ is: "asked" }).happen({ is: "provided" });

function live(): Page {
  const page = asked();
  page.frames = true;
  return page.pass(1_000);
}

test("where video comes it is shown, and nothing else runs", () => {
  const page = live();
  expect([page.show, plan(page.ladder).run, page.how()]).toEqual(["neko", ["neko"], "Live video."]);
  page.pass(100_000);
  expect(page.shown).toEqual(["neko"]);
});

test("video that was asked for and doesn't come is given up after eight seconds; pictures are there by then", () => {
  const page = asked().pass(GIVE_UP_MS - TICK_MS);
  expect([page.runs("neko"), page.show, isShown(page.ladder)]).toEqual([true, "vnc", true]);
  page.pass(TICK_MS);
  expect(plan(page.ladder)).toEqual({ run: ["vnc"], show: "vnc" });
  expect(page.how()).toBe("Pictures over the web connection: this network lets no video through.");
});

test("video that was never offered is the machine's doing, and is tried again by itself", () => {
  const page = new Page().happen({ is: "asked" }).pass(GIVE_UP_MS);
  expect(page.how()).toBe("Pictures over the web connection: the live video didn’t start.");
  page.pass(10_000);
  expect(page.runs("neko")).toBe(true);
});

test("a seat whose video is still being started has thirty seconds", () => {
  const page = new Page().pass(29_000);
  expect(page.runs("neko")).toBe(true);
  page.happen({ is: "asked" }).pass(GIVE_UP_MS - TICK_MS);
  expect(page.runs("neko")).toBe(true);
  expect(new Page().pass(30_000).runs("neko")).toBe(false);
});

test("video that stops is replaced by pictures well within eight seconds, and what was seen last stays until then", () => {
  const page = live();
  page.frames = false;
  page.pass(3_000);
  expect([page.show, isShown(page.ladder)]).toEqual(["neko", false]);
  page.pass(1_000);
  expect([page.show, isShown(page.ladder)]).toEqual(["vnc", true]);
  page.pass(4_000);
  expect([page.runs("neko"), page.how()]).toEqual([
    false,
    "Pictures over the web connection: the video stopped coming through this network.",
  ]);
});

test("a short pause changes nothing; a longer one that ends brings the video back once it is steady", () => {
  const page = live();
  page.frames = false;
  page.pass(2_500);
  page.frames = true;
  page.pass(2_000);
  expect(page.shown).toEqual(["neko"]);
  page.frames = false;
  page.pass(5_000);
  expect(page.show).toBe("vnc");
  page.frames = true;
  page.pass(1_000);
  expect(page.show).toBe("vnc");
  page.pass(1_000);
  expect([page.show, plan(page.ladder).run]).toEqual(["neko", ["neko"]]);
});

test("given up, it is tried again when the network changes, behind the pictures, and not before", () => {
  const page = asked().pass(GIVE_UP_MS + 50_000);
  expect(page.runs("neko")).toBe(false);
  page.happen({ is: "hint" });
  expect(plan(page.ladder)).toEqual({ run: ["neko", "vnc"], show: "vnc" });
  expect(page.how()).toBe("Pictures over the web connection: live video is being tried.");
  page.happen({ is: "asked" }).happen({ is: "provided" });
  page.frames = true;
  page.pass(2_000);
  expect([page.show, page.how()]).toEqual(["neko", "Live video."]);
});

test("given up and nothing changed, it is tried again by itself, seldom, and the pictures and what is said of them stay", () => {
  const page = live();
  page.frames = false;
  page.pass(20_000);
  const [stopped, since] = [page.how(), page.shown.length];
  expect(stopped).toBe("Pictures over the web connection: the video stopped coming through this network.");
  const tries: number[] = [];
  for (let begun = false; page.now < 3_600_000; ) {
    page.pass(TICK_MS);
    expect(page.how()).toStartWith("Pictures over the web connection: ");
    expect(page.how()).not.toContain("being tried");
    if (page.runs("neko") && !begun) tries.push(page.happen({ is: "asked" }).happen({ is: "provided" }).now);
    begun = page.runs("neko");
  }
  expect(page.shown.length).toBe(since);
  const gaps = tries.slice(1).map((at, i) => Math.round((at - (tries[i] as number)) / 1_000));
  expect(gaps.slice(0, 4)).toEqual([128, 248, 488, 608]);
  expect(new Set(gaps.slice(3))).toEqual(new Set([608]));
  page.frames = true;
  while (page.show !== "neko") page.happen({ is: "asked" }).happen({ is: "provided" }).pass(TICK_MS);
  expect(page.how()).toBe("Live video.");
});

test("a try that nobody asked for costs a network that changes nothing, and what the learner chooses ends it", () => {
  const page = asked().pass(GIVE_UP_MS + UNASKED_GAP_MS + 1_000);
  expect([page.runs("neko"), page.show]).toEqual([true, "vnc"]);
  page.happen({ is: "hint" }).happen({ is: "asked" }).happen({ is: "provided" }).pass(GIVE_UP_MS);
  expect(page.runs("neko")).toBe(false);
  expect(page.pass(10_000).runs("neko")).toBe(true);
  const chosen = asked()
    .pass(GIVE_UP_MS + UNASKED_GAP_MS + 1_000)
    .happen({ is: "choose", choice: "vnc" });
  expect(chosen.pass(3_600_000).shown).toEqual(["neko", "vnc"]);
  expect(plan(chosen.ladder).run).toEqual(["vnc"]);
});

test("a browser that can’t show the video isn’t asked again", () => {
  const page = asked().happen({ is: "unusable" }).pass(3_600_000);
  expect(page.shown).toEqual(["neko", "vnc"]);
});

test("a computer that wakes up has lost no video meanwhile, and tries one that was given up", () => {
  const page = live();
  page.now += 3_600_000;
  page.happen({ is: "tick" });
  expect([page.show, page.runs("vnc")]).toEqual(["neko", false]);
  const given = asked().pass(20_000);
  given.now += 3_600_000;
  expect(given.happen({ is: "tick" }).runs("neko")).toBe(true);
});

test("while nobody looks nothing is given up", () => {
  const page = live().happen({ is: "hidden", hidden: true });
  page.frames = false;
  page.pass(59_000).happen({ is: "hidden", hidden: false }).pass(2_000);
  expect([page.show, page.runs("vnc")]).toEqual(["neko", false]);
});

test("what the learner chooses is done, and said", () => {
  const page = live().happen({ is: "choose", choice: "vnc" });
  expect([plan(page.ladder).run, page.how()]).toEqual([["vnc"], "Pictures over the web connection: you chose them."]);
  page.pass(600_000).happen({ is: "hint" }).pass(600_000);
  expect(page.runs("neko")).toBe(false);
  page.happen({ is: "choose", choice: "neko" });
  expect(plan(page.ladder)).toEqual({ run: ["neko", "vnc"], show: "vnc" });
});

test("who chose video sees pictures while there is none, and it is tried again and again", () => {
  const page = asked({ choice: "neko" }).pass(GIVE_UP_MS);
  expect(page.show).toBe("vnc");
  let tries = 0;
  for (let i = 0; i < 100; i++) {
    const before = page.runs("neko");
    if (page.pass(10_000).runs("neko") && !before) tries++;
    page.happen({ is: "asked" });
  }
  expect(tries).toBeGreaterThan(2);
  expect(tries).toBeLessThan(10);
});

test.each<[string, ConstructorParameters<typeof Page>[0], string | undefined]>([
  ["a machine that was set up without", { offered: false }, undefined],
  [
    "a browser without WebRTC",
    { webrtc: false },
    "Pictures over the web connection: this browser has no WebRTC, which live video needs.",
  ],
  ["a choice", { choice: "vnc" }, "Pictures over the web connection: you chose them."],
])("pictures alone: %s", (_, options, how) => {
  const page = new Page(options);
  expect([plan(page.ladder).run, page.how()]).toEqual([["vnc"], how]);
  page.happen({ is: "hint" }).pass(600_000);
  expect(page.shown).toEqual(["vnc"]);
});

test("a machine that says why it has no video is quoted, and one that has it later is asked", () => {
  const page = new Page({ offered: false, words: "Its image is missing." });
  const offer = (offered: boolean, words?: string) => page.happen({ is: "offer", offered, words });
  expect(page.how()).toBe("Pictures over the web connection. Its image is missing.");
  page.pass(1_000);
  expect(offer(true).runs("neko")).toBe(true);
  page.happen({ is: "refused", words: "It didn’t come up." });
  expect(page.how()).toBe("Pictures over the web connection. It didn’t come up.");
  // What was asked before it was refused has nothing to say about it.
  expect(offer(true).how()).toBe("Pictures over the web connection. It didn’t come up.");
  expect(offer(false, "It hung.").how()).toBe("Pictures over the web connection. It hung.");
  expect(offer(false, "It hung again.").how()).toBe("Pictures over the web connection. It hung again.");
});

const happenings: fc.Arbitrary<Happening> = fc.oneof(
  fc.constantFrom<Happening>(
    { is: "asked" },
    { is: "provided" },
    { is: "unusable" },
    { is: "refused", words: "It hung." },
    { is: "hint" },
  ),
  fc.constant<Happening>({ is: "frame" }),
  fc.boolean().map((there): Happening => ({ is: "picture", there })),
  fc.boolean().map((hidden): Happening => ({ is: "hidden", hidden })),
);

test("whatever a network does, something runs that can be looked at, and the learner sees no more than a change every few seconds", () => {
  const steps = fc.array(fc.tuple(happenings, fc.integer({ min: 0, max: 3_000 }), fc.boolean()), { maxLength: 400 });
  fc.assert(
    fc.property(steps, (all) => {
      const page = new Page();
      let changes = 0;
      for (const [happening, ms, frames] of all) {
        page.frames = frames;
        const before = page.show;
        page.happen(happening).pass(ms);
        const { run, show } = plan(page.ladder);
        expect(run).toContain(show);
        if (show !== before && show === "neko") changes++;
      }
      // Back to video: at most some tries in a row, and after them one each time it was good for a minute or five went by.
      expect(changes).toBeLessThan(12 + page.now / 10_000);
    }),
  );
});
