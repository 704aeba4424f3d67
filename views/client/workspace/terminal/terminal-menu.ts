import { TERMINAL_TITLE } from "../../../../agent/contract/terminal.ts";
import { act, one } from "../../shared/dom.ts";
import { confirmed } from "../confirm.ts";
import { openMenu } from "../menu.ts";
import type { SeatTerminals } from "./terminals.ts";

/** What can be done with the terminal that is shown, and what is asked before. */
export function startTerminalMenu(terminals: SeatTerminals): void {
  terminals.onClose = (name) => void close(terminals, name);
  terminals.onRename = (name) => rename(terminals, name);
  act("terminal-menu", (button) => {
    const { left, bottom } = button.getBoundingClientRect();
    openMenu({ x: left, y: bottom }, choices(terminals));
  });
  one<HTMLDialogElement>("[data-terminal-help]").addEventListener("close", () => terminals.pane?.focus());
}

function choices(terminals: SeatTerminals) {
  const { choice, chosen } = terminals;
  const { screenReader } = choice.look;
  const focused = (then: () => void) => () => {
    then();
    terminals.pane?.focus();
  };
  const closing = { label: `Close ${chosen.title}`, danger: true, choose: () => terminals.onClose(chosen.name) };
  return [
    { label: "Larger text", key: "Ctrl +", choose: focused(() => choice.resize(1)) },
    { label: "Smaller text", key: "Ctrl −", choose: focused(() => choice.resize(-1)) },
    { label: "Usual size of text", key: "Ctrl 0", choose: focused(() => choice.resize("usual")) },
    {
      label: screenReader ? "End screen reader mode" : "Screen reader mode",
      choose: focused(() => choice.toggleScreenReader()),
    },
    { label: `Rename ${chosen.title}`, choose: () => terminals.onRename(chosen.name) },
    { label: "Keys of the terminal", choose: () => one<HTMLDialogElement>("[data-terminal-help]").showModal() },
    ...(chosen.name === "main" ? [] : [closing]),
  ];
}

/** What runs is looked up first: the page knows it only from its last question. */
async function close(terminals: SeatTerminals, name: string): Promise<void> {
  if (name === "main") return;
  await terminals.refresh();
  const terminal = terminals.terminal(name);
  if (!terminal) return;
  const { title, running } = terminal;
  const asked = {
    title: `Close ${title}?`,
    text: `“${running}” runs in it and would be ended.`,
    yes: `Close ${title}`,
    no: "Keep it open",
  };
  if (running === undefined || (await confirmed(asked))) await terminals.end(name);
}

const TITLES = "1 to 20 letters, digits, spaces, “.”, “_” or “-”, the first a letter or a digit.";

function rename(terminals: SeatTerminals, name: string): void {
  const dialog = one<HTMLDialogElement>("[data-terminal-rename]");
  const field = one<HTMLInputElement>("input", dialog);
  const before = terminals.terminal(name)?.title ?? name;
  field.value = before;
  field.oninput = () => field.setCustomValidity(TERMINAL_TITLE.test(field.value.trim()) ? "" : TITLES);
  field.setCustomValidity("");
  dialog.returnValue = "";
  one("[data-cancel]", dialog).onclick = () => dialog.close("");
  dialog.showModal();
  field.select();
  dialog.onclose = () => {
    terminals.pane?.focus();
    const title = field.value.trim();
    if (dialog.returnValue === "rename" && title !== before) void terminals.rename(name, title);
  };
}
