import type { Problem } from '../problem.ts';

/** The code editor as the components use it: models by path, marks, and a caret to move. */
export type EditorHandle = {
  /** Shows a file. `key` identifies its model; `path` chooses the language. Text that differs from the model's replaces it. */
  show(key: string, path: string, text: string, readOnly: boolean): void;
  /** Marks problems in the models whose key starts with `prefix`. */
  mark(problems: readonly Problem[], prefix: string): void;
  reveal(line: number, column: number): void;
  focus(): void;
  setDark(dark: boolean): void;
  dispose(): void;
};

/** Loads Monaco (it is large, so only now) and makes an editor in `host`. `onEdit` gets the path and the new text. */
export async function createEditor(host: HTMLElement, onEdit: (path: string, text: string) => void): Promise<EditorHandle> {
  const { monaco, languageOf } = await import('./monaco.ts');
  const editor = monaco.editor.create(host, {
    model: null,
    automaticLayout: true,
    fontSize: 13,
    minimap: { enabled: false },
    scrollBeyondLastLine: false,
    tabSize: 8,
    insertSpaces: false,
    accessibilitySupport: 'auto',
    ariaLabel: 'Source code. Escape, then Tab leaves the editor.',
  });
  const paths = new Map<string, string>();
  let showing = false;

  function modelFor(key: string, path: string, text: string) {
    const uri = monaco.Uri.from({ scheme: 'ukulele', path: `/${key}` });
    const model = monaco.editor.getModel(uri) ?? monaco.editor.createModel(text, languageOf(path), uri);
    if (!paths.has(key)) {
      paths.set(key, path);
      model.onDidChangeContent(() => {
        if (!showing) onEdit(path, model.getValue());
      });
    }
    return model;
  }

  // Monaco keeps Tab for itself; Escape hands the next one to the page.
  editor.onKeyDown((event) => {
    if (event.keyCode === monaco.KeyCode.Escape) editor.updateOptions({ tabFocusMode: true });
  });
  editor.onDidFocusEditorText(() => editor.updateOptions({ tabFocusMode: false }));
  editor.addCommand(monaco.KeyMod.CtrlCmd | monaco.KeyCode.Enter, () =>
    host.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true })),
  );

  return {
    show(key, path, text, readOnly) {
      showing = true;
      const model = modelFor(key, path, text);
      if (model.getValue() !== text) model.setValue(text);
      if (editor.getModel() !== model) editor.setModel(model);
      editor.updateOptions({ readOnly });
      showing = false;
    },
    mark(problems, prefix) {
      for (const model of monaco.editor.getModels()) {
        const key = model.uri.path.slice(1);
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
    focus: () => editor.focus(),
    setDark: (dark) => monaco.editor.setTheme(dark ? 'vs-dark' : 'vs'),
    dispose() {
      for (const model of monaco.editor.getModels()) model.dispose();
      editor.dispose();
    },
  };
}

type Monaco = typeof import('./monaco.ts').monaco;
type Model = ReturnType<Monaco['editor']['getModels']>[number];

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
