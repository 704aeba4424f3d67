import { make, one } from "../../shared/dom.ts";
import { isDark, onTheme, token } from "../../shared/theme.ts";
import type * as Editor from "./monaco.ts";

export type Monaco = typeof Editor;

let loading: Promise<Monaco> | undefined;

/** Fetches the editor when the first file is opened; its addresses are on the page's script element. */
export function loadMonaco(): Promise<Monaco> {
  loading ??= load().catch((problem: unknown) => {
    loading = undefined;
    throw problem;
  });
  return loading;
}

async function load(): Promise<Monaco> {
  const addresses = one("[data-workspace]").dataset;
  const workers: Record<string, string | undefined> = {
    typescript: addresses.tsWorker,
    javascript: addresses.tsWorker,
    json: addresses.jsonWorker,
    css: addresses.cssWorker,
    scss: addresses.cssWorker,
    less: addresses.cssWorker,
    html: addresses.htmlWorker,
    handlebars: addresses.htmlWorker,
  };
  Object.assign(globalThis, {
    MonacoEnvironment: { getWorker: (_: string, label: string) => new Worker(workers[label] ?? addresses.editorWorker ?? "") },
  });
  await addStyle(addresses.editorStyle ?? "");
  const monaco = (await import(addresses.editor ?? "")) as Monaco;
  setThemes(monaco);
  onTheme(() => setThemes(monaco));
  quieten(monaco);
  return monaco;
}

function addStyle(href: string): Promise<void> {
  const link = make("link", { rel: "stylesheet", href });
  return new Promise((resolve, reject) => {
    link.onload = () => resolve();
    link.onerror = () => reject(new Error("the editor's style did not come"));
    document.head.append(link);
  });
}

/** Both themes are made from the tokens, so the editor is of the page. */
function setThemes(monaco: Monaco): void {
  const dark = isDark();
  const colour = (name: string) => token(name).replace("#", "");
  const rule = (of: string, name: string, fontStyle = "") => ({ token: of, foreground: colour(name), fontStyle });
  monaco.editor.defineTheme("clarateach", {
    base: dark ? "vs-dark" : "vs",
    inherit: true,
    rules: [
      rule("", "--ink"),
      ...["keyword", "tag", "metatag", "operator.sql"].map((of) => rule(of, "--syn-keyword")),
      ...["string", "attribute.value", "regexp", "string.key.json"].map((of) => rule(of, "--syn-string")),
      ...["number", "constant", "variable.predefined"].map((of) => rule(of, "--syn-number")),
      ...["type", "function", "attribute.name", "annotation", "tag.python", "variable", "key", "string.key"].map((of) =>
        rule(of, "--syn-name"),
      ),
      rule("comment", "--syn-comment", "italic"),
      ...["delimiter", "identifier", "operator"].map((of) => rule(of, "--ink")),
    ],
    colors: {
      "editor.background": token("--surface"),
      "editor.foreground": token("--ink"),
      "editorGutter.background": token("--surface"),
      "editorLineNumber.foreground": token("--ink-3"),
      "editorLineNumber.activeForeground": token("--ink"),
      "editor.lineHighlightBackground": token("--line-here"),
      "editor.lineHighlightBorder": token("--line-here"),
      "editorCursor.foreground": token("--accent"),
      "editor.selectionBackground": token("--accent-soft"),
      "editorIndentGuide.background1": token("--line"),
      "editorWidget.background": token("--surface"),
      "editorWidget.border": token("--line-strong"),
      "editorSuggestWidget.selectedBackground": token("--accent-soft"),
      "editorSuggestWidget.selectedForeground": token("--ink"),
      "editorSuggestWidget.highlightForeground": token("--accent"),
      focusBorder: token("--accent"),
      "input.background": token("--surface"),
      "input.border": token("--line-strong"),
      "diffEditor.insertedLineBackground": token("--accent-soft"),
      "diffEditor.insertedTextBackground": `${token("--accent")}1c`,
      "diffEditor.removedLineBackground": token("--warn-soft"),
      "diffEditor.removedTextBackground": `${token("--warn")}1c`,
      "diffEditor.diagonalFill": token("--line"),
      "scrollbar.shadow": "#00000000",
      "scrollbarSlider.background": `${token("--line-strong")}40`,
      "scrollbarSlider.hoverBackground": `${token("--line-strong")}66`,
      "scrollbarSlider.activeBackground": `${token("--line-strong")}80`,
      "menu.background": token("--surface"),
      "menu.foreground": token("--ink"),
      "menu.selectionBackground": token("--accent-soft"),
      "menu.selectionForeground": token("--ink"),
    },
  });
  monaco.editor.setTheme("clarateach");
}

/** One file at a time is looked at, without the project's packages: imports that can't be found are no mistakes of the learner. */
function quieten(monaco: Monaco): void {
  const UNFOUND = [2307, 2304, 2580, 2582, 2591, 2792, 7016, 1375, 1378];
  const { typescriptDefaults, javascriptDefaults, ScriptTarget, JsxEmit, ModuleKind } = monaco.typescript;
  for (const defaults of [typescriptDefaults, javascriptDefaults]) {
    defaults.setDiagnosticsOptions({ noSemanticValidation: defaults === javascriptDefaults, diagnosticCodesToIgnore: UNFOUND });
    defaults.setCompilerOptions({
      target: ScriptTarget.ESNext,
      module: ModuleKind.ESNext,
      jsx: JsxEmit.Preserve,
      allowJs: true,
      allowNonTsExtensions: true,
    });
  }
}
