/** Monaco with the languages that a unikernel is written in, and nothing else. */
import * as monaco from 'monaco-editor/editor/editor.api';
import 'monaco-editor/features/register.all';
import 'monaco-editor/languages/definitions/cpp/register';
import EditorWorker from 'monaco-editor/editor/editor.worker?worker';

self.MonacoEnvironment = { getWorker: () => new EditorWorker() };

// Monaco's own themes have comments and line numbers that miss the contrast that WCAG asks for (4.5 to 1).
monaco.editor.defineTheme('ukulele-light', {
  base: 'vs',
  inherit: true,
  rules: [{ token: 'comment', foreground: '3f6b3a' }],
  colors: { 'editorLineNumber.foreground': '#6a6f73', 'editorLineNumber.dimmedForeground': '#6a6f73', 'editor.background': '#ffffff' },
});
monaco.editor.defineTheme('ukulele-dark', {
  base: 'vs-dark',
  inherit: true,
  rules: [{ token: 'comment', foreground: '8fb683' }],
  colors: { 'editorLineNumber.foreground': '#9aa4a8', 'editorLineNumber.dimmedForeground': '#9aa4a8', 'editor.background': '#1a1f22' },
});

/** Kconfig as Config.uk uses it. */
monaco.languages.register({ id: 'kconfig' });
monaco.languages.setLanguageConfiguration('kconfig', { comments: { lineComment: '#' } });
monaco.languages.setMonarchTokensProvider('kconfig', {
  tokenizer: {
    root: [
      [/#.*$/, 'comment'],
      [/^\s*(?:---)?help(?:---)?\s*$/, { token: 'keyword', next: '@help' }],
      [
        /\b(mainmenu|menuconfig|menu|endmenu|config|choice|endchoice|if|endif|comment|source|osource|rsource|orsource|depends|on|select|imply|default|range|visible|prompt|option|optional|bool|tristate|int|hex|string|def_bool|def_int|def_hex|def_string)\b/,
        'keyword',
      ],
      [/"(?:[^"\\]|\\.)*"/, 'string'],
      [/'(?:[^'\\]|\\.)*'/, 'string'],
      [/\$\([^)]*\)/, 'variable'],
      [/\b(?:0x[0-9a-fA-F]+|\d+)\b/, 'number'],
      [/\b[A-Z][A-Z0-9_]+\b/, 'type'],
    ],
    help: [
      [/^(?=\S)/, { token: '', next: '@pop' }],
      [/.*$/, 'comment.doc'],
    ],
  },
});

/** Makefile.uk. */
monaco.languages.register({ id: 'makefile' });
monaco.languages.setLanguageConfiguration('makefile', { comments: { lineComment: '#' } });
monaco.languages.setMonarchTokensProvider('makefile', {
  tokenizer: {
    root: [
      [/#.*$/, 'comment'],
      [/^\s*(ifeq|ifneq|ifdef|ifndef|else|endif|include|define|endef|override|export)\b/, 'keyword'],
      [/\$[({]/, { token: 'variable', next: '@reference' }],
      [/^[\w.$()-]+(?=\s*[:+?]?=)/, 'type'],
      [/[:+?]?=/, 'operator'],
    ],
    reference: [
      [/\$[({]/, { token: 'variable', next: '@push' }],
      [/[)}]/, { token: 'variable', next: '@pop' }],
      [
        /\b(eval|call|foreach|if|filter|filter-out|patsubst|subst|strip|addprefix|addsuffix|wildcard|sort|notdir|dir|basename|info|warning|error)\b/,
        'keyword',
      ],
      [/[^$(){}]+/, 'variable'],
    ],
  },
});

/** A64 assembly in GNU syntax. */
monaco.languages.register({ id: 'asm' });
monaco.languages.setLanguageConfiguration('asm', { comments: { lineComment: '//', blockComment: ['/*', '*/'] } });
monaco.languages.setMonarchTokensProvider('asm', {
  tokenizer: {
    root: [
      [/\/\*/, { token: 'comment', next: '@comment' }],
      [/\/\/.*$/, 'comment'],
      [/^\s*#.*$/, 'keyword.directive'],
      [/^\s*[\w.$]+:/, 'type'],
      [/\.[a-z_]\w*/, 'keyword'],
      [/"(?:[^"\\]|\\.)*"/, 'string'],
      [/\b(?:[xwvqdshb]\d{1,2}|sp|wsp|xzr|wzr|lr|fp|[a-z_0-9]+_el[0-3]|daifset|daifclr|spsel|nzcv)\b/i, 'variable'],
      [/#?-?\b(?:0x[0-9a-fA-F]+|\d+)\b/, 'number'],
      [/^\s*[a-z][\w.]*/i, 'keyword'],
    ],
    comment: [
      [/\*\//, { token: 'comment', next: '@pop' }],
      [/./, 'comment'],
    ],
  },
});

/** Linker scripts, which here go through the C preprocessor. */
monaco.languages.register({ id: 'linkerscript' });
monaco.languages.setLanguageConfiguration('linkerscript', {
  comments: { blockComment: ['/*', '*/'] },
  brackets: [
    ['{', '}'],
    ['(', ')'],
  ],
});
monaco.languages.setMonarchTokensProvider('linkerscript', {
  tokenizer: {
    root: [
      [/\/\*/, { token: 'comment', next: '@comment' }],
      [/^\s*#\s*\w+.*$/, 'keyword.directive'],
      [/"[^"]*"/, 'string'],
      [
        /\b(SECTIONS|MEMORY|PHDRS|ENTRY|OUTPUT_FORMAT|OUTPUT_ARCH|PROVIDE|PROVIDE_HIDDEN|HIDDEN|KEEP|ASSERT|ALIGN|ALIGNOF|SIZEOF|ADDR|LOADADDR|AT|SORT|SORT_BY_NAME|SORT_BY_INIT_PRIORITY|DISCARD|BYTE|SHORT|LONG|QUAD|FILL|INSERT|AFTER|BEFORE|EXTERN|INCLUDE|NOLOAD|MAX|MIN|DEFINED|CONSTANT)\b/,
        'keyword',
      ],
      [/\.[a-zA-Z_][\w.*]*/, 'type'],
      [/\b(?:0x[0-9a-fA-F]+|\d+)[KM]?\b/, 'number'],
      [/[A-Za-z_]\w*(?=\s*[:+*/-]?=)/, 'variable'],
    ],
    comment: [
      [/\*\//, { token: 'comment', next: '@pop' }],
      [/./, 'comment'],
    ],
  },
});

/** Monaco's language for a file of a project or of the pool. */
export function languageOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (/^Config\.uk$|^Kconfig/.test(name)) return 'kconfig';
  if (/^Makefile/.test(name)) return 'makefile';
  if (/\.(lds|lds\.S|ld)$/.test(name)) return 'linkerscript';
  if (/\.[sS]$/.test(name)) return 'asm';
  if (/\.(c|h|cc|cpp|hpp)$/.test(name)) return 'cpp';
  if (/^defconfig$|\.config$/.test(name)) return 'kconfig';
  return 'plaintext';
}

export { monaco };
