import { until } from "../until.ts";

/** What a story needs of a browser, whoever drives it: real keys, real clicks, one page of 1280 by 800. */
export interface Driver {
  name: string;
  open(address: string): Promise<void>;
  /** Runs in the page, in one turn; it sees nothing but its arguments. */
  run<T, A extends readonly unknown[]>(script: (...args: A) => T, ...args: A): Promise<T>;
  click(selector: string): Promise<void>;
  /** Into what has the keyboard. */
  type(text: string): Promise<void>;
  enter(): Promise<void>;
  /** With Ctrl held. */
  control(key: string): Promise<void>;
  /** Cookies go: from here on it is somebody else's browser. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

export async function sees(driver: Driver, text: string): Promise<void> {
  const body = () => driver.run(() => `${location.href}\n${document.body?.innerText}`);
  await until(`${driver.name} to show "${text}"`, async () => (await body()).includes(text)).catch(async (error) => {
    throw new Error(`${error.message}; it shows\n${await body()}`);
  });
}

/** Presses what carries these words, once it is there and can be pressed: a page that is just swapped draws it anew. */
export async function press(driver: Driver, words: string): Promise<void> {
  const mark = () =>
    driver.run((name) => {
      const controls = [...document.querySelectorAll<HTMLElement>("button, a, [role=treeitem], [role=tab]")];
      const found = controls.find(
        (control) => control.checkVisibility() && [control.innerText.trim(), control.getAttribute("aria-label")].includes(name),
      );
      for (const before of document.querySelectorAll("[data-pressed]")) before.removeAttribute("data-pressed");
      found?.setAttribute("data-pressed", "");
      return found !== undefined;
    }, words);
  await until(`a control "${words}" in ${driver.name}`, async () => (await mark()) && (await clicked(driver, "[data-pressed]")));
}

/** False where the element isn't there, or not any more. */
function clicked(driver: Driver, selector: string): Promise<boolean> {
  return driver.click(selector).then(
    () => true,
    () => false,
  );
}

/** Types over what stands in a field. */
export async function fill(driver: Driver, id: string, text: string): Promise<void> {
  await until(`a field "${id}" in ${driver.name}`, () => clicked(driver, `#${id}`));
  await driver.run((of) => (document.getElementById(of) as HTMLInputElement).select(), id);
  await driver.type(text);
}

/** What the terminal shows; without WebGL xterm draws rows of text. */
export const shown = (driver: Driver): Promise<string> =>
  driver.run(() =>
    [...document.querySelectorAll("[data-terminal] .xterm-rows > div")].map((row) => row.textContent?.trimEnd()).join("\n"),
  );

export async function shows(driver: Driver, text: string): Promise<void> {
  const screen = () => shown(driver);
  await until(`"${text}" in the terminal of ${driver.name}`, async () => (await screen()).includes(text)).catch(async (error) => {
    throw new Error(`${error.message}; it shows\n${(await screen()).trim()}`);
  });
}

export async function typeLine(driver: Driver, line: string): Promise<void> {
  await driver.click("[data-terminal] .xterm-screen");
  await driver.type(line);
  await driver.enter();
}
