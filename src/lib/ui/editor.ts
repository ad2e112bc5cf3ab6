import type { Problem } from '../problem.ts';
import type { Completion } from '../session/messages.ts';
import { kindOfCompletion, signatureOf, snippetOf } from './completion.ts';

/** The code editor as the components use it: models by path, marks, and a caret to move. */
export type EditorHandle = {
  /** Shows a file. `key` identifies its model; `path` chooses the language. Text that differs from the model's replaces it. */
  show(key: string, path: string, text: string, readOnly: boolean): void;
  /** Marks problems in the models whose key starts with `prefix`. */
  mark(problems: readonly Problem[], prefix: string): void;
  reveal(line: number, column: number): void;
  /** Of the file that is shown: lines at which a debugger stops, and the line at which the machine stands. */
  showDebugger(stops: readonly number[], here: number | undefined): void;
  focus(): void;
  setDark(dark: boolean): void;
  dispose(): void;
};

/** What the editor needs to know from outside. Lines and columns count from 1. */
export type EditorServices = {
  /** A person changed the text. */
  edit(path: string, text: string): void;
  /** What could stand where a word begins; `column` in bytes. */
  complete(path: string, line: number, column: number): Promise<Completion[]>;
  /** Where a name, or what an include names, is to be found. */
  define(word: string, line: string, path: string): { file: string; text: string; line: number; column: number } | undefined;
  open(file: string, line: number, column: number): void;
  /** A debugger is to stop at a line, or no more. */
  toggleStop(path: string, line: number): void;
};

/** Loads Monaco (it is large, so only now) and makes an editor in `host`. */
export async function createEditor(host: HTMLElement, services: EditorServices): Promise<EditorHandle> {
  const { monaco, languageOf } = await import('./monaco.ts');
  const editor = monaco.editor.create(host, {
    model: null,
    automaticLayout: true,
    fontSize: 13,
    minimap: { enabled: false },
    scrollBeyondLastLine: false,
    // It would keep an `#endif` at the top as readily as a function's name.
    stickyScroll: { enabled: false },
    tabSize: 8,
    insertSpaces: false,
    accessibilitySupport: 'auto',
    glyphMargin: true,
    ariaLabel: 'Source code. Escape, then Tab leaves the editor.',
    // Suggestions from clang; words of the text would only bury them.
    wordBasedSuggestions: 'off',
    fixedOverflowWidgets: true,
  });
  const paths = new Map<string, string>();
  const places = new Map<string, ReturnType<typeof editor.saveViewState>>();
  let showing = false;

  const uriOf = (key: string) => monaco.Uri.from({ scheme: 'ukulele', path: `/${key}` });
  const keyOf = (model: Model) => model.uri.path.slice(1);
  const pathOf = (model: Model) => paths.get(keyOf(model)) ?? '';

  function modelFor(key: string, path: string, text: string) {
    const uri = uriOf(key);
    const model = monaco.editor.getModel(uri) ?? monaco.editor.createModel(text, languageOf(path), uri);
    if (!paths.has(key)) {
      paths.set(key, path);
      model.onDidChangeContent(() => {
        if (!showing) services.edit(path, model.getValue());
      });
    }
    return model;
  }

  const debugMarks = editor.createDecorationsCollection();
  const toggleStop = (line: number | undefined) => {
    const model = editor.getModel();
    if (model && line !== undefined) services.toggleStop(pathOf(model), line);
  };
  editor.onMouseDown(({ target }) => {
    if (target.type === monaco.editor.MouseTargetType.GUTTER_GLYPH_MARGIN) toggleStop(target.position?.lineNumber);
  });
  editor.addAction({
    id: 'ukulele.toggleStop',
    label: 'Stop at This Line in the Debugger, or No More',
    keybindings: [monaco.KeyCode.F9],
    run: () => toggleStop(editor.getPosition()?.lineNumber),
  });

  // Monaco keeps Tab for itself; Escape hands the next one to the page.
  editor.onKeyDown((event) => {
    if (event.keyCode === monaco.KeyCode.Escape) editor.updateOptions({ tabFocusMode: true });
  });
  editor.onDidFocusEditorText(() => editor.updateOptions({ tabFocusMode: false }));
  editor.addCommand(monaco.KeyMod.CtrlCmd | monaco.KeyCode.Enter, () =>
    host.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true })),
  );

  const disposables = [
    monaco.languages.registerCompletionItemProvider('cpp', {
      triggerCharacters: ['.', '>'],
      async provideCompletionItems(model, position, context) {
        const word = model.getWordUntilPosition(position);
        const before = model.getLineContent(position.lineNumber).slice(0, word.startColumn - 1);
        // A `>` that ends no arrow is a comparison.
        if (context.triggerCharacter === '>' && !before.endsWith('->')) return { suggestions: [] };
        const column = new TextEncoder().encode(before).length + 1;
        const items = await services.complete(pathOf(model), position.lineNumber, column);
        const range = new monaco.Range(position.lineNumber, word.startColumn, position.lineNumber, word.endColumn);
        return { suggestions: items.map((item) => toSuggestion(monaco, item, range)) };
      },
    }),
    monaco.languages.registerDefinitionProvider(['cpp', 'asm'], {
      provideDefinition(model, position) {
        const word = model.getWordAtPosition(position)?.word ?? '';
        const found = services.define(word, model.getLineContent(position.lineNumber), pathOf(model));
        if (!found) return undefined;
        const key = `${keyOf(model).slice(0, -pathOf(model).length)}${found.file}`;
        showing = true;
        const target = modelFor(key, found.file, found.text);
        showing = false;
        return { uri: target.uri, range: new monaco.Range(found.line, found.column, found.line, found.column) };
      },
    }),
    monaco.editor.registerEditorOpener({
      openCodeEditor(_, resource, selection) {
        const path = paths.get(resource.path.slice(1));
        if (path === undefined) return false;
        const line = selection && 'startLineNumber' in selection ? selection.startLineNumber : (selection?.lineNumber ?? 1);
        const column = selection && 'startColumn' in selection ? selection.startColumn : (selection?.column ?? 1);
        services.open(path, line, column);
        return true;
      },
    }),
  ];

  return {
    show(key, path, text, readOnly) {
      showing = true;
      const model = modelFor(key, path, text);
      if (model.getValue() !== text) model.setValue(text);
      const before = editor.getModel();
      if (before !== model) {
        if (before) places.set(keyOf(before), editor.saveViewState());
        editor.setModel(model);
        editor.restoreViewState(places.get(key) ?? null);
      }
      editor.updateOptions({ readOnly });
      showing = false;
    },
    mark(problems, prefix) {
      for (const model of monaco.editor.getModels()) {
        const key = keyOf(model);
        if (!key.startsWith(prefix)) continue;
        const path = key.slice(prefix.length);
        const markers = problems.filter((p) => p.place?.file === path).map((p) => toMarker(monaco, model, p));
        monaco.editor.setModelMarkers(model, 'build', markers);
      }
    },
    reveal(line, column) {
      editor.setPosition({ lineNumber: Math.max(1, line), column: Math.max(1, column) });
      editor.revealLineInCenterIfOutsideViewport(Math.max(1, line));
      editor.focus();
    },
    showDebugger(stops, here) {
      const wholeLine = (line: number) => new monaco.Range(line, 1, line, 1);
      debugMarks.set([
        ...stops.map((line) => ({
          range: wholeLine(line),
          options: { glyphMarginClassName: 'debug-stop', glyphMarginHoverMessage: { value: 'The debugger stops here.' } },
        })),
        ...(here === undefined ? [] : [{ range: wholeLine(here), options: { isWholeLine: true, className: 'debug-here' } }]),
      ]);
      if (here !== undefined) editor.revealLineInCenterIfOutsideViewport(here);
    },
    focus: () => editor.focus(),
    setDark: (dark) => monaco.editor.setTheme(dark ? 'ukulele-dark' : 'ukulele-light'),
    dispose() {
      for (const disposable of disposables) disposable.dispose();
      for (const model of monaco.editor.getModels()) model.dispose();
      editor.dispose();
    },
  };
}

type Monaco = typeof import('./monaco.ts').monaco;
type Model = ReturnType<Monaco['editor']['getModels']>[number];

function toSuggestion(monaco: Monaco, item: Completion, range: InstanceType<Monaco['Range']>) {
  const { CompletionItemKind, CompletionItemInsertTextRule } = monaco.languages;
  const kinds = { function: CompletionItemKind.Function, variable: CompletionItemKind.Variable, name: CompletionItemKind.Keyword };
  return {
    label: item.name,
    kind: kinds[kindOfCompletion(item)],
    insertText: snippetOf(item),
    insertTextRules: CompletionItemInsertTextRule.InsertAsSnippet,
    detail: signatureOf(item),
    ...(item.comment ? { documentation: item.comment } : {}),
    range,
  };
}

function toMarker(monaco: Monaco, model: Model, problem: Problem) {
  const line = Math.min(Math.max(1, problem.place?.line ?? 1), model.getLineCount());
  const column = Math.max(1, problem.place?.column ?? 1);
  const word = model.getWordAtPosition({ lineNumber: line, column });
  const severity = { error: monaco.MarkerSeverity.Error, warning: monaco.MarkerSeverity.Warning, note: monaco.MarkerSeverity.Info };
  return {
    severity: severity[problem.severity],
    message: problem.hint ? `${problem.message}\n${problem.hint}` : problem.message,
    startLineNumber: line,
    startColumn: column,
    endLineNumber: line,
    endColumn: word && word.endColumn > column ? word.endColumn : column + 1,
  };
}
