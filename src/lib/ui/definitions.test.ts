import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findDefinition, findIncluded } from './definitions.ts';

const sysroot = fileURLToPath(new URL('../../../static/sysroot', import.meta.url));
const files = new Map(
  readdirSync(sysroot, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[chsS]$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [`pool:${relative(sysroot, path)}`, readFileSync(path, 'utf8')]),
);
const main =
  '#include <stdio.h>\nstatic int helper(int x)\n{\n\treturn x;\n}\nint balance = 3;\nint main(void) { return helper(balance); }\n';
files.set('main.c', main);

const place = (name: string, near = 'main.c') => {
  const found = findDefinition(files, name, near);
  return found && `${found.file}:${files.get(found.file)?.split('\n')[found.line - 1].trim()}`;
};

describe('the definition of a name', () => {
  it("is found in the project's own files", () => {
    expect(findDefinition(files, 'helper', 'main.c')).toEqual({ file: 'main.c', line: 2, column: 12 });
    expect(place('balance')).toBe('main.c:int balance = 3;');
  });

  it('is found in the pool: functions where they have a body, macros, types', () => {
    expect(findDefinition(files, 'printf', 'main.c')?.file).toMatch(/^pool:libs\/nolibc\/.*\.c$/);
    expect(findDefinition(files, 'uk_malloc', 'main.c')?.file).toBe('pool:libs/ukalloc/include/uk/alloc.h');
    expect(place('uk_thread')).toMatch(/^pool:libs\/uksched\/.*struct uk_thread \{/);
    expect(place('UK_INTROSPECT_MAGIC')).toMatch(/#define UK_INTROSPECT_MAGIC/);
    expect(findDefinition(files, 'no_such_name_at_all', 'main.c')).toBeUndefined();
    expect(findDefinition(files, '(', 'main.c')).toBeUndefined();
  });

  it('of a static function is the one of the file that asks', () => {
    const gic = [...files.keys()].filter((path) => /gic-v[23]\.c$/.test(path));
    expect(gic).toHaveLength(2);
    for (const file of gic) expect(findDefinition(files, 'acknowledge', file)?.file).toBe(file);
  });

  it('of an include is the file', () => {
    expect(findIncluded(files, 'uk/alloc.h', 'main.c')).toBe('pool:libs/ukalloc/include/uk/alloc.h');
    expect(findIncluded(files, 'stdio.h', 'main.c')).toBe('pool:libs/nolibc/include/stdio.h');
    expect(findIncluded(files, 'nowhere.h', 'main.c')).toBeUndefined();
  });
});
