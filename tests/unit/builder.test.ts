import { beforeAll, describe, expect, it } from 'vitest';
import { nodeClang } from '../../cli/clang-assets.ts';
import { LldLinker } from '../../src/lib/toolchain/link/link.ts';
import { appendBytes, appendWord, createObject, sectionOf, symbolOf } from '../../src/lib/toolchain/object/object.ts';
import { writeElf } from '../../src/lib/toolchain/object/elf-writer.ts';
import { Builder } from '../../src/lib/toolchain/build/builder.ts';
import { memoryCache } from '../../src/lib/toolchain/build/cache.ts';
import { bytesOf, dirname, textOf, virtualFiles, type VirtualFiles } from '../../src/lib/toolchain/build/files.ts';
import { linkerArguments } from '../../src/lib/toolchain/build/linker-flags.ts';
import { sha256 } from '../../src/lib/toolchain/build/hash.ts';
import type { BuildOptions, CompileJob, CompileOutput, Compiler, Linker } from '../../src/lib/toolchain/build/types.ts';

/**
 * Stands for clang and the code generator: a source is lines `include FILE`, `func NAME SIZE`, `call NAME`, `data NAME SIZE`, `error TEXT`;
 * options are whatever CONFIG_ words it mentions, and go into the object through the header.
 */
class LineCompiler implements Compiler {
  readonly version = 'lines 1';
  readonly parallel: number;
  readonly seen: string[] = [];
  private world: VirtualFiles = new Map();
  constructor(parallel = 1) {
    this.parallel = parallel;
  }
  open(world: VirtualFiles): void {
    this.world = world;
  }
  async compile(job: CompileJob): Promise<CompileOutput> {
    this.seen.push(job.source);
    // Later jobs end first, as with workers.
    for (let i = 0; i < (20 - this.seen.length) * (this.parallel - 1); i++) await Promise.resolve();
    const text = textOf(this.world.get(job.source) ?? new Uint8Array());
    if (job.language === 'linker') return { object: bytesOf(text), problems: [], dependencies: [job.source] };
    const object = createObject(job.source);
    const result: CompileOutput = { problems: [], dependencies: [job.source] };
    const dependencies = new Set([job.source]);
    this.lines(job, job.source, dependencies, (words, place) => {
      if (words[0] === 'error') result.problems.push({ severity: 'error', place, message: words.slice(1).join(' ') });
      const name = words[1] ?? '';
      if (words[0] === 'func' || words[0] === 'data') {
        const isCode = words[0] === 'func';
        const section = sectionOf(
          object,
          `${isCode ? '.text' : '.data'}.${name}`,
          'progbits',
          { alloc: true, exec: isCode, write: !isCode },
          4,
        );
        const symbol = symbolOf(object, name);
        symbol.place = { section, offset: appendBytes(section, new Uint8Array(Number(words[2]))) };
        symbol.type = isCode ? 'func' : 'object';
        symbol.size = BigInt(words[2] ?? '0');
      }
      const section = object.sections.at(-1);
      if (words[0] === 'call' && section)
        section.relocations.push({ offset: appendWord(section, 0x94000000), type: 'CALL26', symbol: symbolOf(object, name), addend: 0n });
    });
    const written = writeElf(object);
    if (result.problems.length > 0 || !written.ok) return { ...result, dependencies: [...dependencies] };
    return { object: written.value, problems: [], dependencies: [...dependencies] };
  }
  private lines(
    job: CompileJob,
    path: string,
    read: Set<string>,
    line: (words: string[], place: { file: string; line: number; column: number }) => void,
  ): void {
    textOf(this.world.get(path) ?? new Uint8Array())
      .split('\n')
      .forEach((text, i) => {
        const words = text.trim().split(/\s+/);
        if (words[0] !== 'include') return line(words, { file: path, line: i + 1, column: 1 });
        const folders = [dirname(path), ...job.flags.flatMap((flag) => (flag.startsWith('-I') ? [flag.slice(2)] : []))];
        const found = folders.map((folder) => `${folder}/${words[1] ?? ''}`).find((candidate) => this.world.has(candidate));
        if (!found) return line(['error', `'${words[1] ?? ''}' file not found`], { file: path, line: i + 1, column: 1 });
        if (!read.has(found)) this.lines(job, found, read.add(found), line);
      });
  }
}

const script = `ENTRY(start)
MEMORY { ram : ORIGIN = 0x40000000, LENGTH = 64K }
SECTIONS { .text : { KEEP(*(.text.start)) *(.text .text.*) } > ram .data : { *(.data .data.*) } > ram }
`;

const pool = virtualFiles({
  'Config.uk': `mainmenu "Test"
config PLAT_FAKE
	bool "fake platform"
	default y
config LIBONE
	bool "one"
config LIBTWO
	bool "two"
	default y
config TWO_SIZE
	int "size"
	default 8
source "$(UK_APP)/Config.uk"
config UK_NAME
	string "name"
	default "$(UK_NAME)"
`,
  'Makefile.uk': 'LDFLAGS += -Wl,--gc-sections -nostdlib\nCINCLUDES-y += -I$(CONFIG_UK_BASE)/include\n',
  'include/uk/config.h': 'include uk/_config.h\n',
  'plat/fake/Makefile.uk': `$(eval $(call addplat_s,fake,$(CONFIG_PLAT_FAKE)))
$(eval $(call addplatlib_s,fake,libfakeplat,$(CONFIG_PLAT_FAKE)))
UK_PLAT_FAKE_DEF_LDS := $(LIBFAKEPLAT_BASE)/link.lds.S
LIBFAKEPLAT_SRCS-y += $(LIBFAKEPLAT_BASE)/start.c
LIBFAKEPLAT_SRCS-y += $(UK_PLAT_FAKE_DEF_LDS)
`,
  'plat/fake/link.lds.S': script,
  'plat/fake/start.c': 'func start 16\ncall main\n',
  'libs/one/Makefile.uk': '$(eval $(call addlib_s,libone,$(CONFIG_LIBONE)))\nLIBONE_SRCS-y += $(LIBONE_BASE)/one.c\n',
  'libs/one/one.c': 'func one 100\ncall helper\nfunc helper 40\n',
  'libs/one/exportsyms.uk': 'one\n',
  'libs/two/Makefile.uk': `$(eval $(call addlib_s,libtwo,$(CONFIG_LIBTWO)))
CINCLUDES-$(CONFIG_LIBTWO) += -I$(LIBTWO_BASE)/include
LIBTWO_SRCS-y += $(LIBTWO_BASE)/two.c $(LIBTWO_BASE)/more.c
`,
  'libs/two/include/two.h': 'data shared_word 4\n',
  'libs/two/two.c': 'include uk/config.h\nfunc two 60\ncall helper\n CONFIG_TWO_SIZE\n',
  'libs/two/more.c': 'func helper 24\nfunc unused 5000\n',
});

const app = (main: string, more: Record<string, string> = {}) =>
  virtualFiles({
    'Makefile.uk': '$(eval $(call addlib,appt))\nAPPT_SRCS-y += $(APPT_BASE)/main.c\n',
    'Config.uk': 'config LIBONE_WANTED\n\tbool\n',
    defconfig: 'CONFIG_LIBONE=y\n',
    'main.c': main,
    ...more,
  });

const both = 'func main 8\ncall one\ncall two\n';

let linker: Linker;
beforeAll(async () => {
  linker = new LldLinker(await nodeClang());
});

function builder(
  compiler: Compiler = new LineCompiler(),
  cache = memoryCache(),
): { builder: Builder; options: Omit<BuildOptions, 'signal' | 'onprogress'> } {
  let now = 0;
  const options = { compiler, linker, cache, clock: () => now++ };
  return { builder: new Builder(options), options };
}

describe('Builder', () => {
  it('builds, and accounts for every byte of the image', async () => {
    const result = await builder().builder.build({ app: app(both), pool, name: 't' });
    expect(result.problems).toEqual([]);
    // start 16+4, one 100+4, helper 40, two 60+4, helper 24, main 8+8; unused is dropped.
    expect(result.libraries).toEqual([
      { name: 'libone', bytes: 144, code: 144, readOnly: 0, data: 0, zeroed: 0 },
      { name: 'libtwo', bytes: 88, code: 88, readOnly: 0, data: 0, zeroed: 0 },
      { name: 'libfakeplat', bytes: 20, code: 20, readOnly: 0, data: 0, zeroed: 0 },
      { name: 'appt', bytes: 16, code: 16, readOnly: 0, data: 0, zeroed: 0 },
    ]);
    expect(result.imageBytes).toBe(268);
    expect(result.flat?.length).toBe(268);
    expect(result.sections.map((s) => [s.name, s.size, s.flags])).toEqual([['.text', 268, 'AX']]);
    expect(result.symbols.map((s) => `${s.library} ${s.name}`).sort()).toEqual(
      ['appt main', 'libfakeplat start', 'libone helper', 'libone one', 'libtwo helper', 'libtwo two'].sort(),
    );
    expect(result.stages.map((s) => s.name)).toEqual(['configure', 'plan', 'compile', 'link', 'inspect']);
  });

  it('gives the same bytes from the cache, from another cache and from workers that finish in any order', async () => {
    const { builder: first } = builder();
    const cold = await first.build({ app: app(both), pool, name: 't' });
    const warm = await first.build({ app: app(both), pool, name: 't' });
    expect([cold.compiled, cold.fromCache, warm.compiled, warm.fromCache]).toEqual([6, 0, 0, 6]);
    const parallel = await builder(new LineCompiler(4)).builder.build({ app: app(both), pool, name: 't' });
    expect(warm.elf).toEqual(cold.elf);
    expect(parallel.elf).toEqual(cold.elf);
    expect(parallel.stripped).toEqual(cold.stripped);
  });

  it('keeps builds that are asked for at the same time apart', async () => {
    const texts = [8, 16, 24].map((size) => both.replace('main 8', `main ${size}`));
    const alone = await Promise.all(texts.map((text) => builder().builder.build({ app: app(text), pool, name: 't' })));
    class Leisurely extends LineCompiler {
      override async compile(job: CompileJob): Promise<CompileOutput> {
        await new Promise((turn) => setImmediate(turn));
        return super.compile(job);
      }
    }
    const { builder: one } = builder(new Leisurely());
    const together = await Promise.all(texts.map((text) => one.build({ app: app(text), pool, name: 't' })));
    expect(together.map(({ elf }) => elf)).toEqual(alone.map(({ elf }) => elf));
  });

  it('compiles again what an edit touches and nothing else', async () => {
    const compiler = new LineCompiler();
    const { builder: it } = builder(compiler);
    const withHeader = `include two.h\n${both}`;
    const compiledFor = async (files: VirtualFiles, settings: [string, string][] = []) => {
      compiler.seen.length = 0;
      const result = await it.build({ app: files, pool, name: 't', settings });
      expect(result.problems).toEqual([]);
      return [...compiler.seen];
    };
    await compiledFor(app(withHeader));
    expect(await compiledFor(app(withHeader))).toEqual([]);
    expect(await compiledFor(app(`${withHeader}func more 4\n`))).toEqual(['/app/main.c']);
    // An option that only two.c mentions.
    expect(await compiledFor(app(withHeader), [['TWO_SIZE', '9']])).toEqual(['/uk/libs/two/two.c']);
    // Back again: both results are still known.
    expect(await compiledFor(app(withHeader))).toEqual([]);
    expect(await compiledFor(app(withHeader), [['TWO_SIZE', '9']])).toEqual([]);
    // A header that hides the library's.
    expect(await compiledFor(app(withHeader, { 'two.h': 'data other_word 4\n' }))).toEqual(['/app/main.c']);
  });

  it('goes on after errors and names each place', async () => {
    const files = app('error first\nfunc main 8\n', {
      'Makefile.uk': '$(eval $(call addlib,appt))\nAPPT_SRCS-y += $(APPT_BASE)/main.c $(APPT_BASE)/b.c\n',
      'b.c': '\nerror second\n',
    });
    const result = await builder().builder.build({ app: files, pool, name: 't' });
    expect(result.elf).toBeUndefined();
    expect(result.problems.map((p) => `${p.place?.file}:${p.place?.line} ${p.message}`)).toEqual([
      '/app/main.c:1 first',
      '/app/b.c:2 second',
    ]);
  });

  it('links objects that come ready made, and says which are not there', async () => {
    const compiler = new LineCompiler();
    compiler.open(virtualFiles({ '/pre.c': 'func pre 12\n' }));
    const { object } = await compiler.compile({ source: '/pre.c', language: 'c', flags: [], object: 'pre.o' });
    const makefile = '$(eval $(call addlib,appt))\nAPPT_SRCS-y += $(APPT_BASE)/main.c\nAPPT_OBJS-y += $(APPT_BASE)/pre.o\n';
    const files = new Map([...app('func main 8\ncall pre\n', { 'Makefile.uk': makefile }), ['pre.o', object ?? new Uint8Array()] as const]);
    const result = await builder().builder.build({ app: files, pool, name: 't' });
    expect(result.problems).toEqual([]);
    expect(result.libraries.find((l) => l.name === 'appt')?.code).toBe(24);
    files.delete('pre.o');
    const missing = await builder().builder.build({ app: files, pool, name: 't' });
    expect(missing.problems.map((p) => p.message)).toEqual(['appt: object not found: /app/pre.o']);
  });

  it('stops when it is cancelled', async () => {
    const stop = new AbortController();
    const result = await builder().builder.build(
      { app: app(both), pool, name: 't' },
      { signal: stop.signal, onprogress: ({ done }) => done >= 2 && stop.abort() },
    );
    expect(result.cancelled).toBe(true);
    expect(result.elf).toBeUndefined();
    expect(result.compiled).toBeLessThanOrEqual(2);
  });

  it('keeps what a library does not export to the library', async () => {
    const result = await builder().builder.build({ app: app(both), pool, name: 't', settings: [['LIBTWO', 'n']] });
    expect(result.problems[0]?.message).toContain("undefined symbol 'two'");
    const inner = await builder().builder.build({
      app: app('func main 8\ncall one\ncall helper\n'),
      pool,
      name: 't',
      settings: [['LIBTWO', 'n']],
    });
    expect(inner.problems[0]?.message).toContain("undefined symbol 'helper'");
    expect(inner.problems[0]?.hint).toBe("libone defines helper but does not export it: add it to the library's exportsyms.uk");
  });

  it('says which library that is off has a header or a symbol', async () => {
    const settings: [string, string][] = [
      ['LIBTWO', 'n'],
      ['LIBONE', 'n'],
    ];
    const header = await builder().builder.build({ app: app('include two.h\nfunc main 8\n'), pool, name: 't', settings });
    expect(header.problems[0]?.hint).toBe('the header belongs to library libtwo, which is off: turn on CONFIG_LIBTWO');
    const symbol = await builder().builder.build({ app: app('func main 8\ncall one\n'), pool, name: 't', settings });
    expect(symbol.problems[0]?.hint).toBe('library libone exports one, which is off: turn on CONFIG_LIBONE');
  });

  it.each([
    [
      'a duplicate symbol',
      'func main 8\ncall two\nfunc two 4\n',
      {},
      /'two' is defined more than once: in .*libtwo\/two\.o.* and in .*appt\/main\.o/,
    ],
    ['an image that does not fit', 'func main 100000\n', {}, /does not fit in memory region 'ram'/],
    ['a missing library', both, { defconfig: 'CONFIG_LIBNOSUCH=y\n' }, /library libnosuch is missing/],
    [
      'a missing source',
      both,
      { 'Makefile.uk': '$(eval $(call addlib,appt))\nAPPT_SRCS-y += $(APPT_BASE)/mian.c\n' },
      /source file not found: \/app\/mian\.c/,
    ],
    ['a rule', both, { 'Makefile.uk': '$(eval $(call addlib,appt))\nall: x\n' }, /rules are not supported: all: x/],
    ['an open conditional', both, { 'Makefile.uk': 'ifeq (a,a)\n$(eval $(call addlib,appt))\n' }, /missing endif/],
    ['a broken Config.uk', both, { 'Config.uk': 'menu "x"\nconfig A\n\tboool\n' }, /unknown attribute "boool"/],
    ['no Makefile.uk', both, { 'Makefile.uk': '' }, /registers nothing to build/],
    ['a shell call', both, { 'Makefile.uk': 'A := $(shell ls)\n' }, /\$\(shell \.\.\.\) is not supported/],
  ])('explains %s', async (_, main, more, message) => {
    const result = await builder().builder.build({ app: app(main, more), pool, name: 't' });
    expect(result.elf).toBeUndefined();
    const error = result.problems.find((p) => p.severity === 'error' && message.test(p.message));
    expect(error, JSON.stringify(result.problems, undefined, 1)).toBeDefined();
  });

  it('says on which line', async () => {
    const result = await builder().builder.build({
      app: app(both, { 'Makefile.uk': '\n\nAPPT_SRCS-y += x.c\n$(eval $(call addlib,appt))\n' }),
      pool,
      name: 't',
    });
    expect(result.problems.map((p) => [p.place?.file, p.place?.line])).toEqual([['/app/Makefile.uk', 3]]);
  });
});

describe('linkerArguments', () => {
  it("are lld's, without what only a driver understands", () => {
    const written =
      '-nostdlib -Wl,-z,max-page-size=4096 -Wl,-m,aarch64elf -u keep -Xlinker --gc-sections -no-pie -O2 -Wl,-dT,/uk/a.lds -T b.ld -lgcc -Wl,--defsym,x=1';
    expect(linkerArguments(written.split(' '))).toEqual({
      flags: ['-z', 'max-page-size=4096', '-u', 'keep', '--gc-sections', '--defsym', 'x=1'],
      scripts: ['/uk/a.lds', 'b.ld'],
    });
  });
});

describe('sha256', () => {
  it('gives the published digests', () => {
    expect(sha256(bytesOf(''))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(sha256(bytesOf('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256(bytesOf('a'.repeat(1_000_000)))).toBe('cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0');
  });
});
