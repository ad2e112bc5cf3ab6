/** Reference of the library pool as Markdown, from the help texts of Config.uk files and the comments of headers. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Entry } from '../src/lib/toolchain/kconfig/ast.ts';
import { parseKconfig } from '../src/lib/toolchain/kconfig/parser.ts';

const pool = fileURLToPath(new URL('../static/sysroot/', import.meta.url));

/** One page for each library, and one that lists them. `slug`: path below docs/. */
export function libraryReference(): { slug: string; markdown: string }[] {
  const folders = ['libs', 'plat'].flatMap((kind) =>
    readdirSync(join(pool, kind), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => ({ name, folder: join(pool, kind, name) })),
  );
  const pages = folders.map(({ name, folder }) => libraryPage(name, folder)).sort((a, b) => a.name.localeCompare(b.name));
  const rows = pages.map(({ name, purpose }) => `| [${name}](libraries/${name}.md) | ${cell(purpose)} |`);
  const list = [
    '# The library pool',
    'What an image can be made of. Each library has a folder, a `Config.uk` with its options, a `Makefile.uk` with its sources, and headers under `include/`.',
    'These pages are made of their help texts and of the comments in their headers.',
    ['| library | what it is |', '| --- | --- |', ...rows].join('\n'),
  ];
  return [
    { slug: 'libraries', markdown: list.join('\n\n') },
    ...pages.map(({ name, markdown }) => ({ slug: `libraries/${name}`, markdown })),
  ];
}

function libraryPage(name: string, folder: string): { name: string; purpose: string; markdown: string } {
  const options = optionsOf(join(folder, 'Config.uk'));
  const prompt = options.at(0)?.prompt ?? '';
  const purpose = prompt.replace(new RegExp(`^${name.replace(/[^\w]/g, '.')}: `), '');
  const parts = [`# ${name}`, '[All libraries](../libraries.md)', sentence(purpose)];
  if (options.length > 0) parts.push('## Options', ...options.flatMap(optionText));
  for (const header of headersOf(folder)) {
    const { about, declarations } = readHeader(readFileSync(header, 'utf8'));
    parts.push(`## ${relative(join(folder, 'include'), header)}`);
    if (about) parts.push(prose(about));
    for (const { comment, declaration } of declarations) parts.push(`\`\`\`c\n${declaration}\n\`\`\``, prose(comment));
  }
  return { name, purpose: sentence(purpose), markdown: parts.join('\n\n') };
}

type Option = { symbol: string; prompt: string; help: string };

function optionsOf(path: string): Option[] {
  const { file } = parseKconfig(path, { read: readIfThere, glob: () => [] }, new Map());
  const visit = (entries: readonly Entry[]): Option[] =>
    entries.flatMap((entry): Option[] => {
      if (entry.kind === 'config' || entry.kind === 'menuconfig') {
        const { prompt, help } = entry.attributes;
        return prompt ? [{ symbol: entry.name, prompt: prompt.text, help: help ?? '' }] : [];
      }
      return 'children' in entry ? visit(entry.children) : [];
    });
  return visit(file.entries);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function optionText({ symbol, prompt, help }: Option): string[] {
  return [`**${prose(prompt)}** (\`CONFIG_${symbol}\`)`, ...(help ? [prose(help)] : [])];
}

function headersOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.h'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => relative(folder, path).startsWith('include/'))
    .sort();
}

type Declaration = { comment: string; declaration: string };

/** What a header says of itself, and every declaration that has a comment of its own. */
export function readHeader(text: string): { about: string; declarations: Declaration[] } {
  const guard = text.search(/^#ifndef/m);
  const declarations: Declaration[] = [];
  let about = '';
  for (const match of text.matchAll(/\/\*\*([\s\S]*?)\*\/\n/g)) {
    const comment = match[1].replace(/^[ \t]*\*[ \t]?/gm, '').trim();
    if (match.index < guard) about = comment;
    else {
      const declaration = declarationAt(text, match.index + match[0].length);
      if (declaration) declarations.push({ comment, declaration });
    }
  }
  return { about, declarations };
}

/** A structure whole, a function's head, a macro's head: as far as a caller needs to see. */
function declarationAt(text: string, start: number): string | undefined {
  const rest = text.slice(start);
  const macro = /^#\s*define\s+(\w+(?:\([^)]*\))?)[^\n]*/.exec(rest);
  if (macro) return /\)$/.test(macro[1]) || macro[0].endsWith('\\') ? `#define ${macro[1]}` : macro[0].trim();
  if (/^(?:typedef\s+)?(?:struct|union|enum)\b[^;(]*\{/.test(rest)) return /^[\s\S]*?\n\}[^;]*;/.exec(rest)?.[0];
  const head = /^[A-Za-z_][^;{]*?(?=\s*[;{])/.exec(rest)?.[0];
  return head && `${head.replace(/^static inline /, '')};`;
}

/** Comments and help texts are prose with names in it: nothing but code marks is markup there. */
function prose(text: string): string {
  return text.replace(/`[^`\n]+`|[<>*_[\]|\\]/g, (found) => (found.startsWith('`') ? found : `\\${found}`));
}

function sentence(text: string): string {
  const plain = prose(text).trim();
  return plain && `${plain[0].toUpperCase()}${plain.slice(1)}${/[.!?]$/.test(plain) ? '' : '.'}`;
}

function cell(text: string): string {
  return text.replace(/\n/g, ' ');
}
