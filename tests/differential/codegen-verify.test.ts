import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeClang } from '../../cli/clang-assets.ts';
import { DiskFiles } from '../../cli/disk-files.ts';
import { openProject, poolFolder } from '../../cli/project-folder.ts';
import type { Clang } from '../../src/lib/toolchain/clang/clang.ts';
import { generate } from '../../src/lib/toolchain/codegen/index.ts';
import { verifyAssignment, verifyCode, verifyFrame } from '../../src/lib/toolchain/codegen/verify.ts';
import { objectMaker } from '../../src/lib/toolchain/driver/backend.ts';
import { nativeBackend } from '../../src/lib/toolchain/driver/native-backend.ts';
import { readIr } from '../../src/lib/toolchain/ir/index.ts';
import { Builder, InProcessCompiler, LldLinker, memoryCache } from '../../src/lib/toolchain/index.ts';
import { haveOracles } from '../oracle.ts';

/** What the verifier has to say of every function of a module after every pass. */
function complaintsOf(ir: string): string[] {
  const module = readIr(ir);
  if (!module.ok) return module.problems.map((p) => p.message);
  const complaints: string[] = [];
  generate(module.value, {
    after: (pass, fn, assigned) => {
      const framed = ['frame', 'layout', 'pair'].includes(pass);
      const wrong = [...verifyCode(fn), ...(assigned ? verifyAssignment(fn, assigned) : []), ...(framed ? verifyFrame(fn) : [])];
      complaints.push(...wrong.map((what) => `after ${pass}: ${what}`));
    },
  });
  return complaints;
}

describe('the verifier has no complaint after any pass', () => {
  let clang: Clang;
  beforeAll(async () => {
    clang = await nodeClang();
  });

  it.each(['apps/threads', 'libs/nolibc/tests'])('%s', { timeout: 120_000 }, async (folder) => {
    const maker = objectMaker(nativeBackend, 'as they are');
    const complaints: string[] = [];
    const compiler = new InProcessCompiler(clang, {
      ...maker,
      fromIr: (ir, name) => {
        complaints.push(...complaintsOf(ir));
        return maker.fromIr(ir, name);
      },
    });
    const builder = new Builder({ compiler, linker: new LldLinker(clang), cache: memoryCache(), clock: () => 0 });
    const project = openProject(join(poolFolder, folder));
    if (!project.ok) throw new Error(project.problems[0]?.message);
    const { app, pool, name } = project.value;
    expect((await builder.build({ app, pool, name })).problems).toEqual([]);
    expect(complaints).toEqual([]);
  });

  describe.skipIf(!haveOracles('csmith', 'aarch64-linux-gnu-gcc'))('random programs', () => {
    const folder = mkdtempSync(join(tmpdir(), 'verify-'));
    afterAll(() => rmSync(folder, { recursive: true }));

    it.each([5, 6])('csmith seed %i', { timeout: 120_000 }, (seed) => {
      const source = join(folder, `${seed}.c`);
      writeFileSync(source, execFileSync('csmith', ['--seed', String(seed)], { cwd: folder }));
      for (const level of ['-O0', '-O2', '-Os']) {
        const flags = ['--target=aarch64-linux-gnu', '-w', level, '-isystem', '/usr/aarch64-linux-gnu/include', '-I/usr/include/csmith'];
        const ir = clang.emitIr({ source, language: 'c', flags }, new DiskFiles());
        expect({ level, complaints: complaintsOf(ir.text ?? '') }).toEqual({ level, complaints: [] });
      }
    });
  });
});
