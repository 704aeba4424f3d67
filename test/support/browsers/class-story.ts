import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { until } from "../until.ts";
import { startWorld, type World } from "../world.ts";
import { type Driver, fill, press, sees, shown, shows, typeLine } from "./driver.ts";

/** The portal's pages and a learner's whole way, each test going on where the one before ended. */
export function classStory(name: string, start: () => Promise<Driver>): void {
  describe(`a class in ${name}`, () => {
    let world: World;
    let browser: Driver;
    let id = "";
    let code = "";
    let odehash = "";

    beforeAll(async () => {
      [world, browser] = await Promise.all([startWorld({ CLARATEACH_RUNTIME: "process" }), start()]);
    });
    afterAll(async () => {
      await browser?.close();
      await world?.end();
    });

    test("the instructor signs in, makes a workshop, starts it and sees it come up without a reload", async () => {
      await browser.open(world.signInLink());
      await sees(browser, "No workshop yet");
      await press(browser, "New workshop");
      await fill(browser, "name", "Data by hand");
      await fill(browser, "seats", "2");
      await fill(browser, "apiKey", "sk-ant-0123456789-0123456789-0123456789");
      await press(browser, "Make the workshop");
      await press(browser, "Start workshop");
      await browser.run(() => void Object.assign(window, { unreloaded: true }));
      await until("the code's board", () =>
        browser.run(() => document.querySelector("#workshop .blackboard [data-wall]") !== null),
      );
      expect(await browser.run(() => "unreloaded" in window)).toBe(true);
      const { body } = await world.api("/api/workshops");
      ({ workshopId: id, code } = body.workshops[0]);
      expect(code).toMatch(/^[A-Z]+-[A-Z0-9]{4}$/);
    });

    test("a learner joins, and types in the terminal as soon as the code was read", async () => {
      await browser.forget();
      await browser.open(`${world.url}/join`);
      await fill(browser, "code", "NOPE-0000");
      await press(browser, "Join");
      await sees(browser, "No workshop has the code NOPE-0000");
      await fill(browser, "code", code.toLowerCase());
      await fill(browser, "name", "Mira Okafor");
      await press(browser, "Join");
      await shows(browser, "seat-01");
      await press(browser, "Got it");
      odehash = await browser.run(() => document.querySelector("[data-odehash]")?.textContent ?? "");
      // Drivers make keys of Latin letters only; what is shown can be anything.
      await browser.type("echo $((6*7)) $'\\u65e5\\u672c \\U1f393'");
      await browser.enter();
      await shows(browser, "42 日本 🎓");
    });

    test("nothing stands below the terminal's last row", async () => {
      const scrollbars = await browser.run(() =>
        [...document.querySelectorAll<HTMLElement>("[data-terminal] *")]
          .filter((element) => element.offsetWidth > element.clientWidth && element.clientWidth > 0 && element.clientHeight > 0)
          .filter((element) => /auto|scroll/.test(getComputedStyle(element).overflow))
          .map((element) => element.className),
      );
      expect(scrollbars).toEqual([]);
      const below = await browser.run(() => {
        const [host, screen] = ["[data-terminal]", ".xterm-screen"].map(
          (of) => document.querySelector(of)?.getBoundingClientRect().bottom,
        );
        const row = document.querySelector<HTMLElement>(".xterm-rows > div")?.offsetHeight ?? 0;
        return { free: (host ?? 0) - (screen ?? 0), row };
      });
      expect(below.free).toBeLessThan(below.row);
    });

    test("she edits a file and saves it by key and by button", async () => {
      await typeLine(browser, "clear; echo 'print(1)' > app.py");
      await press(browser, "app.py");
      await until("the editor", () => browser.run(() => document.querySelector(".monaco-editor.focused .view-line") !== null));
      await browser.type("# by key ");
      await sees(browser, "Unsaved");
      await browser.control("s");
      const file = join(world.data, "machines", `clarateach-${id}`, "seats/01/workspace/app.py");
      await until("the saved text", () => readFileSync(file, "utf8") === "# by key print(1)\n");
      await browser.type("and by button ");
      await press(browser, "Unsaved");
      await until("the saved text", () => readFileSync(file, "utf8") === "# by key and by button print(1)\n");
      await typeLine(browser, "clear; cat app.py");
      await shows(browser, "# by key and by button");
    });

    test("the preview shows her browser, in the shape of its pane", async () => {
      await press(browser, "Open the browser");
      await until("a picture that fills its pane", () =>
        browser.run(() => {
          const canvas = document.querySelector<HTMLCanvasElement>("[data-screen] canvas");
          const pane = document.querySelector("[data-screen]")?.getBoundingClientRect();
          const pixels = canvas?.width
            ? canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data
            : undefined;
          const box = canvas?.getBoundingClientRect();
          if (!pixels || !pane || !box || Math.abs(pane.width - box.width) > 2.5 || Math.abs(pane.height - box.height) > 2.5)
            return false;
          return new Set(new Uint32Array(pixels.buffer)).size > 8;
        }),
      );
    });

    test("what she presses there is heard, and what it does is seen", async () => {
      await typeLine(browser, "clear; echo at $CLARATEACH_CDP_URL-");
      const address = async () => /^at (http:\S+)-$/m.exec(await shown(browser))?.[1];
      const seat = await chromium.connectOverCDP(await until("where her browser is driven", address));
      const page = seat.contexts()[0]?.pages()[0];
      await page?.setContent(
        `<body style="background:#f0f" onkeydown="event.key === 'k' && (document.body.style.background = '#0ff')">`,
      );
      await until("the page's colour", () => isSeen(browser, "255,0,255"));
      await browser.click("[data-screen] canvas");
      await browser.type("k");
      await until("the colour that the key gives it", () => isSeen(browser, "0,255,255"));
      await seat.close();
    });

    test("the machine's program dies and comes back: the page says so and heals, what was typed meanwhile arrives once", async () => {
      await typeLine(browser, "clear; cat > typed.txt");
      const { pid } = JSON.parse(readFileSync(join(world.data, "machines", `clarateach-${id}`, "agent.pid"), "utf8"));
      await shows(browser, "0:cat");
      process.kill(pid, "SIGKILL");
      await until("the lost line", () =>
        browser.run(() => document.querySelector("[data-lost=terminal]:not([hidden])") !== null),
      );
      await browser.type("not lost, not doubled");
      await browser.enter();
      await until("a new connection", () => browser.run(() => document.body.dataset.line === "connected"));
      await browser.control("d");
      await typeLine(browser, "clear; wc -c < typed.txt; cat typed.txt");
      await shows(browser, "22\nnot lost, not doubled");
    });

    test("from another browser she comes back to the same shell", async () => {
      await typeLine(browser, "clear; KEPT=yes; echo history-is-$KEPT");
      await shows(browser, "history-is-yes");
      await browser.forget();
      await browser.open(`${world.url}/join`);
      await press(browser, "Come back with your reconnect code");
      await fill(browser, "code", code);
      await fill(browser, "odehash", odehash);
      await press(browser, "Back to my seat");
      await shows(browser, "history-is-yes");
      await typeLine(browser, "echo still-$KEPT");
      await shows(browser, "still-yes");
    });

    test("the end is said at once, and the join page knows of it", async () => {
      await world.api(`/api/workshops/${id}/stop`, { method: "POST" });
      await sees(browser, "Workshop ended");
      const seat = await browser.run(() => location.href);
      await press(browser, "Go to the join page");
      await sees(browser, "This workshop ended");
      await sees(browser, "“Data by hand” was stopped");
      // Nobody answers at the seat's address any more: the seat's service worker leads on from there.
      await browser.open(seat);
      await sees(browser, "“Data by hand” was stopped");
    });
  });
}

/** In the middle of the seat's screen. */
function isSeen(browser: Driver, colour: string): Promise<boolean> {
  return browser.run((wanted) => {
    const canvas = document.querySelector<HTMLCanvasElement>("[data-screen] canvas");
    const pixel = canvas?.getContext("2d")?.getImageData(canvas.width / 2, canvas.height * 0.6, 1, 1).data;
    return pixel?.slice(0, 3).join() === wanted;
  }, colour);
}
