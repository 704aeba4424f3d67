import { one } from "../../shared/dom.ts";
import type { editor } from "./monaco.ts";
import { loadMonaco, type Monaco } from "./monaco-load.ts";
import type { OpenFile } from "./open-file.ts";

/** Below this a comparison stands in one column. */
const TWO_COLUMNS_PX = 640;

const OPTIONS: editor.IStandaloneEditorConstructionOptions & editor.IDiffEditorConstructionOptions = {
  automaticLayout: true,
  fontSize: 13,
  lineHeight: 20,
  fontLigatures: false,
  minimap: { enabled: false },
  scrollBeyondLastLine: false,
  renderLineHighlight: "all",
  smoothScrolling: false,
  fixedOverflowWidgets: true,
  padding: { top: 8, bottom: 8 },
  lineNumbersMinChars: 4,
  folding: true,
  stickyScroll: { enabled: false },
  guides: { indentation: false, highlightActiveIndentation: false },
  overviewRulerLanes: 0,
  hideCursorInOverviewRuler: true,
  overviewRulerBorder: false,
  scrollbar: { useShadows: false, verticalScrollbarSize: 10, horizontalScrollbarSize: 10 },
  occurrencesHighlight: "off",
  // What is in the file is shown; a warning about a dash in a text isn't help.
  unicodeHighlight: { ambiguousCharacters: false },
  wordWrap: "off",
  tabSize: 4,
  detectIndentation: true,
  quickSuggestions: true,
  wordBasedSuggestions: "currentDocument",
  accessibilitySupport: "auto",
  ariaLabel: "Editor",
};

/** The place where one file is shown: the editor, or two versions beside each other. Made when the first file is opened. */
export class Stage {
  readonly #source = one("[data-source]");
  readonly #compare = one("[data-compare]");
  readonly #sides = one("[data-sides]");
  #editor: editor.IStandaloneCodeEditor | undefined;
  #diff: editor.IStandaloneDiffEditor | undefined;
  #shown: OpenFile | undefined;

  constructor(readonly save: () => void) {}

  async monaco(): Promise<Monaco> {
    const monaco = await loadMonaco();
    this.#editor ??= this.#makeEditor(monaco);
    return monaco;
  }

  /** Undefined: nothing is shown. */
  async show(file: OpenFile | undefined): Promise<void> {
    this.#keepView();
    this.#shown = file;
    if (!file) return this.#hide();
    const monaco = await this.monaco();
    if (this.#shown !== file) return;
    if (file.theirs) this.#showBoth(monaco, file, file.theirs.text);
    else this.#showOne(file);
  }

  /** Called before a file's model goes. */
  forget(file: OpenFile): void {
    if (this.#editor?.getModel() === file.model) this.#editor.setModel(null);
    if (this.#diff?.getModel()?.modified === file.model) this.#dropBoth();
  }

  focus(): boolean {
    if (!this.#shown) return false;
    (this.#shown.theirs ? this.#diff?.getModifiedEditor() : this.#editor)?.focus();
    return true;
  }

  #makeEditor(monaco: Monaco): editor.IStandaloneCodeEditor {
    this.#source.hidden = false;
    const made = monaco.editor.create(this.#source, { ...OPTIONS, model: null, theme: "clarateach" });
    this.#bindSave(monaco, made);
    return made;
  }

  #bindSave(monaco: Monaco, made: editor.IStandaloneCodeEditor): void {
    made.addAction({
      id: "clarateach.save",
      label: "Save",
      keybindings: [monaco.KeyMod.CtrlCmd | monaco.KeyCode.KeyS],
      run: () => this.save(),
    });
  }

  #keepView(): void {
    const file = this.#shown;
    if (file && this.#editor?.getModel() === file.model) file.view = this.#editor.saveViewState();
  }

  #hide(): void {
    this.#editor?.setModel(null);
    this.#dropBoth();
    this.#source.hidden = true;
  }

  #showOne(file: OpenFile): void {
    this.#dropBoth();
    this.#source.hidden = false;
    if (!this.#editor || this.#editor.getModel() === file.model) return;
    this.#editor.setModel(file.model);
    if (file.view) this.#editor.restoreViewState(file.view);
  }

  #showBoth(monaco: Monaco, file: OpenFile, theirs: string): void {
    this.#source.hidden = true;
    this.#compare.hidden = false;
    this.#sides.hidden = false;
    this.#diff ??= this.#makeDiff(monaco);
    const before = this.#diff.getModel();
    if (before?.modified === file.model && before.original.getValue() === theirs) return;
    const original = monaco.editor.createModel(theirs, file.model.getLanguageId());
    this.#diff.setModel({ original, modified: file.model });
    before?.original.dispose();
  }

  #makeDiff(monaco: Monaco): editor.IStandaloneDiffEditor {
    const made = monaco.editor.createDiffEditor(this.#compare, {
      ...OPTIONS,
      originalEditable: false,
      useInlineViewWhenSpaceIsLimited: true,
      renderSideBySideInlineBreakpoint: TWO_COLUMNS_PX,
      renderOverviewRuler: false,
      renderGutterMenu: false,
      lineNumbersMinChars: 3,
      // The whole file: what is not shown can't be judged.
      hideUnchangedRegions: { enabled: false },
    });
    this.#bindSave(monaco, made.getModifiedEditor() as editor.IStandaloneCodeEditor);
    // Monaco forgets the names of both sides whenever it lays them out anew.
    made.onDidUpdateDiff(() => nameSides(made));
    made.getModifiedEditor().onDidLayoutChange(() => nameSides(made));
    return made;
  }

  #dropBoth(): void {
    const models = this.#diff?.getModel();
    this.#diff?.setModel(null);
    models?.original.dispose();
    this.#compare.hidden = true;
    this.#sides.hidden = true;
  }
}

function nameSides(both: editor.IStandaloneDiffEditor): void {
  both.getOriginalEditor().updateOptions({ ariaLabel: "On disk" });
  both.getModifiedEditor().updateOptions({ ariaLabel: "Yours" });
}
