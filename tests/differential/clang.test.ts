import { spawnSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { nodeClang, nodeClangAssets } from '../../cli/clang-assets.ts';
import { packFiles, unpackFiles } from '../../src/lib/toolchain/build/pack.ts';
import { loadClangAssets } from '../../src/lib/toolchain/clang/assets.ts';
import { parseDiagnostics } from '../../src/lib/toolchain/clang/diagnostics.ts';
import { MemoryFiles } from '../../src/lib/toolchain/clang/file-source.ts';
import { haveOracles } from '../oracle.ts';

const clang = await nodeClang();
const world = (files: Record<string, string>) =>
  new MemoryFiles(new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)])));

describe('clang', () => {
  it('gives LLVM IR for AArch64, and says which files it read', () => {
    const files = world({
      '/app/main.c': '#include "n.h"\n#include <stdint.h>\nuint64_t f(void) { return N; }\n',
      '/app/n.h': '#define N 42\n',
    });
    const run = clang.emitIr({ source: '/app/main.c', flags: ['-O2'] }, files);
    expect(run).toMatchObject({ status: 0, problems: [], dependencies: ['/app/main.c', '/app/n.h'] });
    expect(run.text).toContain('target triple = "aarch64-unknown-none-elf"');
    expect(run.text).toMatch(/define dso_local .*i64 @f\(\)[^{]*\{\nentry:\n {2}ret i64 42\n\}/);
  });

  it('is a function of its input', () => {
    const files = world({ '/a.c': 'const char *when = __DATE__ __TIME__; int f(int x) { return x / 3; }' });
    const once = () => clang.emitIr({ source: '/a.c', flags: ['-O2', '-g'] }, files).text;
    expect(once()).toBe(once());
    expect(once()).toContain('Jan  1 1970');
  });

  it('keeps relative names as they are written, seen from the working directory', () => {
    const files = world({
      '/home/me/src/a.c': '#include "../inc/b.h"\nconst char *file = __FILE__; int f(void) { return b }\n',
      '/home/me/inc/b.h': 'extern int b;\n',
    });
    const run = clang.emitIr({ source: 'src/a.c', flags: ['-g'], directory: '/home/me' }, files);
    expect(run.problems).toEqual([
      { severity: 'error', place: { file: 'src/a.c', line: 2, column: 52 }, message: "expected ';' after return statement" },
    ]);
    expect(run.status).toBe(1);
    expect(run.dependencies).toEqual(['/home/me/src/a.c', '/home/me/inc/b.h']);
  });

  it('preprocesses assembly, keeping line markers', () => {
    const files = world({ '/a.S': '#define N 3\n/* c */\nmov x0, #N // n\n' });
    const run = clang.preprocess({ source: '/a.S', language: 'assembler-with-cpp', flags: [] }, files);
    expect(run.text).toContain('# 1 "/a.S"');
    expect(run.text).toContain('mov x0, #3');
  });

  it('says what is missing', () => {
    expect(clang.emitIr({ source: '/none.c', flags: [] }, world({})).problems).toMatchObject([
      { severity: 'error', message: expect.stringContaining("no such file or directory: '/none.c'") },
      { message: 'no input files' },
    ]);
    const include = clang.emitIr({ source: '/a.c', flags: [] }, world({ '/a.c': '#include <uk/none.h>\n' }));
    expect(include.problems).toEqual([
      { severity: 'error', place: { file: '/a.c', line: 1, column: 10 }, message: "'uk/none.h' file not found" },
    ]);
  });

  it('survives programs that exhaust it', () => {
    const deep = `int x = ${'('.repeat(100_000)}1${')'.repeat(100_000)};`;
    const run = clang.check({ source: '/a.c', flags: ['-fbracket-depth=1000000'] }, world({ '/a.c': deep }));
    expect(run.status).not.toBe(0);
    expect(run.problems.length).toBeGreaterThan(0);
    expect(clang.check({ source: '/a.c', flags: [] }, world({ '/a.c': 'int x;' }))).toMatchObject({ status: 0, problems: [] });
  });

  const loops = world({
    '/a.c': `void sum(int *restrict o, const int *restrict a) { for (int i = 0; i < 64; i++) o[i] += a[i]; }
             void four(float *restrict o, const float *restrict a) { o[0] = a[0] * 2; o[1] = a[1] * 2; o[2] = a[2] * 2; o[3] = a[3] * 2; }
             void spread(int *restrict o, const int *restrict a, const int *restrict n) { for (int i = 0; i < 64; i++) o[i] = a[n[i]]; }`,
  });
  const vectors = (...flags: string[]) => {
    const run = clang.emitIr({ source: '/a.c', flags }, loops);
    expect(run).toMatchObject({ status: 0, stderr: '' });
    return [...new Set((run.text ?? '').match(/<\d+ x (i32|float)>/g))];
  };

  it.each(['-O2', '-O3'])('makes vectors of 128 bits of loops and of equal operations side by side: %s', (level) => {
    expect(vectors(level).sort()).toEqual(['<4 x float>', '<4 x i32>']);
    expect(vectors(level, '-fno-vectorize')).toEqual(['<4 x float>']);
    expect(vectors(level, '-fno-slp-vectorize')).toEqual(['<4 x i32>']);
  });

  it.each([['-O1'], ['-Os'], ['-O2', '-mgeneral-regs-only'], ['-O3', '-fno-tree-vectorize', '-fno-tree-slp-vectorize']])(
    'makes none: %s %s',
    (...flags) => {
      expect(vectors(...flags)).toEqual([]);
    },
  );

  it('keeps the module one of AArch64 when it has made vectors', () => {
    const [plain, vectorised] = [['-O2', '-fno-vectorize', '-fno-slp-vectorize'], ['-O2']].map(
      (flags) => clang.emitIr({ source: '/a.c', flags }, loops).text ?? '',
    );
    const target = (text: string) => text.match(/^target .*$|"target-[a-z]+"="[^"]*"/gm);
    expect(new Set(target(vectorised))).toEqual(new Set(target(plain)));
  });

  it('says so when the vectorisers fail, and compiles without them', () => {
    const compile = clang.compile.bind(clang);
    const broken = vi.spyOn(clang, 'compile').mockImplementation((args, files, stdin) => {
      const run = compile(args, files, stdin);
      return args.some((arg) => arg.startsWith('--target=wasm')) ? { ...run, status: 1, outputs: new Map() } : run;
    });
    const run = clang.emitIr({ source: '/a.c', flags: ['-O2'] }, loops);
    broken.mockRestore();
    expect(run.status).toBe(0);
    expect(run.text).toBe(clang.emitIr({ source: '/a.c', flags: ['-O2', '-fno-vectorize', '-fno-slp-vectorize'] }, loops).text);
    expect(run.problems).toMatchObject([{ severity: 'warning', place: { file: '/a.c' }, message: expect.stringMatching(/vectorisers/) }]);
    expect(run.stderr).toContain('/a.c');
  });

  it('leaves loops that gather from here and there as they are', () => {
    const text = clang.emitIr({ source: '/a.c', flags: ['-O2', '-fno-slp-vectorize'] }, loops).text ?? '';
    expect(/define[^\n]*@spread[^]*?\n\}/.exec(text)?.[0]).not.toMatch(/<\d+ x/);
  });

  it('leaves registers of floating point alone when told to', () => {
    const files = world({ '/a.c': 'struct s { long a[8]; }; void f(struct s *p, struct s *q) { *p = *q; }' });
    const text = clang.emitIr({ source: '/a.c', flags: ['-O2', '-mgeneral-regs-only'] }, files).text;
    expect(text).toMatch(/"target-features"="[^"]*-fp-armv8[^"]*-neon/);
    expect(
      clang.emitIr({ source: '/a.c', flags: ['-mgeneral-regs-only'] }, world({ '/a.c': 'double f(double x) { return x; }' })).status,
    ).toBe(1);
  });
});

describe('diagnostics as data', () => {
  it('drops source lines, carets and counts', () => {
    const text = [
      'In file included from /a.c:1:',
      "/b.h:2:5: warning: unused variable 'x' [-Wunused-variable]",
      '    2 | int x;',
      '      |     ^',
      '/b.h:1:1: note: declared here',
      "clang: warning: argument unused during compilation: '-nostdlib' [-Wunused-command-line-argument]",
      '1 warning generated.',
      '',
    ].join('\n');
    expect(parseDiagnostics(text)).toEqual([
      { severity: 'warning', place: { file: '/b.h', line: 2, column: 5 }, message: "unused variable 'x' [-Wunused-variable]" },
      { severity: 'note', place: { file: '/b.h', line: 1, column: 1 }, message: 'declared here' },
      { severity: 'warning', message: "argument unused during compilation: '-nostdlib' [-Wunused-command-line-argument]" },
    ]);
  });

  it.skipIf(!haveOracles('clang-19'))('finds the places that clang-19 finds', () => {
    const source = 'int f(int *p) { return p + 1 }\nint g(void) { undeclared(); }\nstatic int h;\n#error stop\n#warning go\n';
    const ours = clang.check({ source: '/a.c', flags: ['-Wall'] }, world({ '/a.c': source })).problems;
    const theirs = spawnSync('clang-19', ['--target=aarch64-none-elf', '-Wall', '-fsyntax-only', '-xc', '-', '-fno-color-diagnostics'], {
      input: source,
      encoding: 'utf8',
    });
    const places = (problems: ReturnType<typeof parseDiagnostics>) =>
      problems.map(({ severity, place }) => [severity, place?.line, place?.column]);
    expect(places(ours)).toEqual(places(parseDiagnostics(theirs.stderr)));
  });
});

describe('assets of the page', () => {
  it('packs and unpacks headers', async () => {
    const { headers } = await nodeClangAssets();
    expect([...headers.keys()]).toEqual(expect.arrayContaining(['stddef.h', 'stdint.h', 'stdarg.h', 'arm_acle.h', '__stddef_size_t.h']));
    expect(unpackFiles(packFiles(headers))).toEqual(headers);
  });

  it.each([true, false])(
    'loads compressed files with progress, from the network and then from a cache (server inflates: %s)',
    async (serverInflates) => {
      const wasm = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
      const headers = packFiles(new Map([['a.h', new TextEncoder().encode('int a;\n')]]));
      const file = (name: string, bytes: Uint8Array) => ({ name, storedBytes: gzipSync(bytes).length, bytes: bytes.length, sha256: '' });
      const manifest = { version: '1', llvm: file('llvm.wasm.gz', wasm), headers: file('headers.bin.gz', headers) };
      const asked: string[] = [];
      const served = (bytes: Uint8Array<ArrayBuffer>) => new Response(serverInflates ? bytes : gzipSync(bytes));
      const fetch = async (url: URL) => {
        asked.push(url.pathname);
        return served(url.pathname.endsWith('llvm.wasm.gz') ? wasm : new Uint8Array(headers));
      };
      const kept = new Map<string, ArrayBuffer>([['https://host/sub/clang/old.gz', new ArrayBuffer(1)]]);
      const stored: Promise<void>[] = [];
      const cache = {
        match: async (url: RequestInfo | URL) => (kept.has(String(url)) ? new Response(kept.get(String(url))) : undefined),
        put: (url: RequestInfo | URL, response: Response) => {
          const done = response.arrayBuffer().then((bytes) => void kept.set(String(url), bytes));
          stored.push(done);
          return done;
        },
        delete: async (url: RequestInfo | URL) => kept.delete(typeof url === 'string' ? url : String(url)),
        keys: async () => [...kept.keys()].map((url) => new Request(url)),
      };
      let last = { receivedBytes: 0, totalBytes: 0 };
      const options = { base: new URL('https://host/sub/clang/'), manifest, fetch, cache, onprogress: (p: typeof last) => (last = p) };
      const loaded = await loadClangAssets(options);
      await Promise.all(stored);
      if (!loaded.ok) throw new Error(loaded.problems[0].message);
      expect(new TextDecoder().decode(loaded.value.headers.get('a.h'))).toBe('int a;\n');
      expect(last.receivedBytes).toBe(last.totalBytes);
      expect([...kept.keys()].sort()).toEqual(['headers.bin.gz', 'llvm.wasm.gz'].map((name) => `https://host/sub/clang/${name}`));

      asked.length = 0;
      const offline = await loadClangAssets({ ...options, fetch: () => Promise.reject(new Error('offline')) });
      expect(offline.ok).toBe(true);
      expect(await loadClangAssets({ ...options, cache: undefined, fetch: async () => new Response('', { status: 404 }) })).toMatchObject({
        ok: false,
        problems: [{ message: expect.stringContaining('404') }],
      });
    },
  );
});
