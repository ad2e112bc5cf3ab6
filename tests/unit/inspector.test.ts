import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { nodeClang } from '../../cli/clang-assets.ts';
import { objectMaker } from '../../src/lib/toolchain/driver/backend.ts';
import { nativeBackend } from '../../src/lib/toolchain/driver/native-backend.ts';
import { SourceInspector, virtualFiles } from '../../src/lib/toolchain/index.ts';

const sysroot = fileURLToPath(new URL('../../static/sysroot', import.meta.url));
const pool = virtualFiles(
  Object.fromEntries(
    readdirSync(sysroot, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(sysroot, path), readFileSync(path, 'utf8')]),
  ),
);

const main = '#include <stdio.h>\n#include "mine.h"\n\nint main(void)\n{\n\tstruct pair p = { 1, 2 };\n\tput;\n\treturn p.;\n}\n';
const app = virtualFiles({
  'Config.uk': '',
  defconfig: '',
  'Makefile.uk': '$(eval $(call addlib,appmine))\nAPPMINE_SRCS-y += $(APPMINE_BASE)/main.c $(APPMINE_BASE)/low.S\n',
  'main.c': main,
  'mine.h': 'struct pair { int left; long right; };\nstatic inline int broken(void) { return undeclared; }\n',
  'low.S': '\t.text\nlow:\n\tmov x0, #1\n\tmoov x1, x2\n\tret\n',
});

describe('a file while it is edited', () => {
  let inspector: SourceInspector;
  beforeAll(async () => {
    inspector = new SourceInspector(await nodeClang(), objectMaker(nativeBackend, 'test'));
  });
  const request = { app, pool, name: 'mine' };

  it('has its problems by clang, by the assembler, and in headers', () => {
    const places = inspector.check(request, 'main.c').map((p) => `${p.place?.file}:${p.place?.line}`);
    expect(places).toContain('/app/main.c:8');
    expect(places).toContain('/app/mine.h:2');
    expect(inspector.check(request, 'mine.h')[0]).toMatchObject({ severity: 'error', place: { file: '/app/mine.h', line: 2, column: 41 } });
    expect(inspector.check(request, 'low.S')[0]).toMatchObject({ severity: 'error', place: { line: 4 } });
    expect(
      inspector.check(
        { ...request, app: new Map([...app, ['main.c', new TextEncoder().encode('int main(void) { return 0; }\n')]]) },
        'main.c',
      ),
    ).toEqual([]);
  });

  it('completes names of the library and members of a structure', () => {
    const names = inspector.complete(request, 'main.c', 7, 2).map((item) => item.name);
    expect(names).toEqual(expect.arrayContaining(['puts', 'putchar', 'printf', 'main', 'p']));
    const members = inspector.complete(request, 'main.c', 8, 11);
    expect(members.map(({ name, type }) => [name, type])).toEqual([
      ['left', 'int'],
      ['right', 'long'],
    ]);
  });
});
