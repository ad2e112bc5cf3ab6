/** Monaco with the languages that a unikernel is written in, and nothing else. */
import * as monaco from 'monaco-editor/editor/editor.api';
import 'monaco-editor/features/register.all';
import 'monaco-editor/languages/definitions/cpp/register';
import EditorWorker from 'monaco-editor/editor/editor.worker?worker';

self.MonacoEnvironment = { getWorker: () => new EditorWorker() };

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

/** Monaco's language for a file of a project or of the pool. */
export function languageOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (/^Config\.uk$|^Kconfig/.test(name)) return 'kconfig';
  if (/^Makefile/.test(name)) return 'makefile';
  if (/\.[sS]$/.test(name)) return 'asm';
  if (/\.(c|h|cc|cpp|hpp|lds\.S|lds)$/.test(name)) return 'cpp';
  return 'plaintext';
}

export { monaco };
