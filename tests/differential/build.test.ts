import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeClang } from '../../cli/clang-assets.ts';
import { Builder, LldLinker, memoryCache, virtualFiles, type BuildResult } from '../../src/lib/toolchain/index.ts';
import { haveOracles } from '../oracle.ts';
import { Clang19Compiler } from './clang-compiler.ts';

/** A platform small enough to read: it prints by the PL011 and ends by PSCI. */
const pool = virtualFiles({
  'Config.uk':
    'mainmenu "Small"\nconfig PLAT_SMALL\n\tdef_bool y\nconfig LIBTEXT\n\tbool "text"\n\tdefault y\nconfig GREETING\n\tstring "greeting"\n\tdefault "hello"\nconfig UK_NAME\n\tstring\n\tdefault "$(UK_NAME)"\n',
  'Makefile.uk':
    'COMPFLAGS += -ffreestanding -fno-pic -Os -ffunction-sections -fdata-sections -g\nASFLAGS += -D__ASSEMBLY__\nCINCLUDES += -I$(CONFIG_UK_BASE)/include\nASINCLUDES += -I$(CONFIG_UK_BASE)/include\nLDFLAGS += -nostdlib -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,max-page-size=4096\n',
  'include/uk/config.h': '#include <uk/_config.h>\n',
  'plat/small/Makefile.uk':
    '$(eval $(call addplat_s,small,$(CONFIG_PLAT_SMALL)))\n$(eval $(call addplatlib_s,small,libsmallplat,$(CONFIG_PLAT_SMALL)))\nUK_PLAT_SMALL_DEF_LDS := $(LIBSMALLPLAT_BASE)/link.lds.S\nLIBSMALLPLAT_SRCS-y += $(LIBSMALLPLAT_BASE)/entry.S|isr $(UK_PLAT_SMALL_DEF_LDS)\nISR_ARCHFLAGS-y += -mgeneral-regs-only\n',
  'plat/small/exportsyms.uk': 'entry\n',
  'plat/small/link.lds.S':
    '#include <uk/config.h>\n#define RAM 0x40080000\nENTRY(entry)\nSECTIONS {\n . = RAM;\n .text : { KEEP(*(.text.entry)) *(.text .text.*) }\n .rodata : { *(.rodata .rodata.*) }\n .data : { *(.data .data.*) }\n .bss : { *(.bss .bss.*) . = ALIGN(16); . += 4096; stack_top = .; }\n /DISCARD/ : { *(.comment) *(.ARM.exidx) }\n}\n',
  'plat/small/entry.S':
    '.section .text.entry, "ax"\n.globl entry\nentry:\n\tadrp x0, stack_top\n\tadd x0, x0, :lo12:stack_top\n\tmov sp, x0\n\tbl main\n\tmovz w0, #0x8400, lsl #16\n\tmovk w0, #8\n\thvc #0\nidle:\n\twfi\n\tb idle\n',
  'libs/text/Makefile.uk':
    '$(eval $(call addlib_s,libtext,$(CONFIG_LIBTEXT)))\nCINCLUDES-$(CONFIG_LIBTEXT) += -I$(LIBTEXT_BASE)/include\nLIBTEXT_SRCS-y += $(LIBTEXT_BASE)/text.c\nLIBTEXT_TEXT_FLAGS-y += -DUART=0x09000000\n',
  'libs/text/exportsyms.uk': 'print\n',
  'libs/text/include/text.h': 'void print(const char *text);\n',
  'libs/text/text.c':
    '#include <text.h>\n__attribute__((noinline)) void helper(char c) { *(volatile unsigned *)UART = (unsigned char)c; }\nvoid print(const char *t) { while (*t) helper(*t++); }\n',
});

const app = virtualFiles({
  'Makefile.uk': '$(eval $(call addlib,appsmall))\nAPPSMALL_SRCS-y += $(APPSMALL_BASE)/main.c\n',
  'Config.uk': '',
  'main.c':
    '#include <uk/config.h>\n#include <text.h>\nstatic int calls;\nint unused(int x) { return x / 3; }\n__attribute__((noinline)) void helper(const char *t) { calls++; print(t); }\nint main(void) { helper(CONFIG_GREETING " from "); helper(__FILE__ "\\n"); return calls; }\n',
});

const oracles = haveOracles('clang-19', 'qemu-system-aarch64');

describe.skipIf(!oracles)('a plan compiled by clang 19 and linked here', () => {
  const compiler = new Clang19Compiler();
  let result: BuildResult;
  const folder = mkdtempSync(join(tmpdir(), 'build-'));
  afterAll(() => {
    compiler.close();
    rmSync(folder, { recursive: true });
  });
  beforeAll(async () => {
    const builder = new Builder({ compiler, linker: new LldLinker(await nodeClang()), cache: memoryCache(), clock: () => 0 });
    result = await builder.build({ app, pool, name: 'small', settings: [['GREETING', 'good "day"']] });
  });

  const boot = (image: Uint8Array | undefined) => {
    const path = join(folder, 'image');
    writeFileSync(path, image ?? new Uint8Array());
    const args = ['-M', 'virt', '-cpu', 'cortex-a53', '-display', 'none', '-serial', 'stdio', '-kernel', path];
    return spawnSync('qemu-system-aarch64', args, { encoding: 'utf8', timeout: 30_000 }).stdout;
  };

  it('boots, with symbols, without them, and as a flat image', () => {
    expect(result.problems).toEqual([]);
    const text = 'good "day" from main.c\n';
    expect(boot(result.elf)).toBe(text);
    expect(boot(result.stripped)).toBe(text);
    expect(boot(result.flat)).toBe(text);
  });

  it('accounts for every byte', () => {
    expect(result.libraries.reduce((sum, library) => sum + library.bytes, 0)).toBe(result.imageBytes);
    expect(result.sections.filter((s) => s.inFile).reduce((sum, s) => sum + s.size, 0)).toBe(result.imageBytes);
    expect(result.stripped?.length ?? 0).toBeLessThan(result.elf?.length ?? 0);
    const symbols = new Map(result.symbols.map((s) => [`${s.library}:${s.name}`, s]));
    expect([...symbols.keys()]).toEqual(
      expect.arrayContaining(['libsmallplat:entry', 'libtext:helper', 'libtext:print', 'appsmall:helper', 'appsmall:main']),
    );
    expect(symbols.has('appsmall:unused')).toBe(false);
  });

  it('cuts the image in pieces that agree with readelf and with the link map', () => {
    const path = join(folder, 'pieces');
    writeFileSync(path, result.elf ?? new Uint8Array());
    const run = spawnSync('readelf', ['-sW', path], { encoding: 'utf8' });
    const named = [...run.stdout.matchAll(/^ *\d+: ([0-9a-f]{16}) +(\d+) (FUNC|OBJECT) .* (\S+)$/gm)].map(
      ([, value, size, , name]) => `${Number.parseInt(value, 16)} ${size} ${name}`,
    );
    const pieces = result.pieces.map((piece) => `${piece.start} ${piece.size} ${piece.symbol}`);
    expect(named.length).toBeGreaterThan(3);
    expect(pieces).toEqual(expect.arrayContaining(named));
    for (const section of result.sections) {
      const mine = result.pieces.filter((piece) => piece.section === section.name);
      let at = section.address;
      for (const piece of mine) {
        expect(piece.start).toBe(at);
        at += piece.size;
      }
      expect(at).toBe(section.address + section.size);
    }
    expect(result.pieces.find((piece) => piece.symbol === 'calls')).toMatchObject({ library: 'appsmall', kind: 'zeroed', size: 4 });
    // A label of assembly, without a size, and the linker script's stack, which nobody brought.
    expect(result.pieces.find((piece) => piece.symbol === 'entry')).toMatchObject({ library: 'libsmallplat', kind: 'code' });
    expect(result.pieces.at(-1)).toEqual(expect.not.objectContaining({ library: expect.anything() }));
  });

  it('strips to what readelf accepts', () => {
    const path = join(folder, 'stripped');
    writeFileSync(path, result.stripped ?? new Uint8Array());
    const run = spawnSync('readelf', ['-WSl', path], { encoding: 'utf8' });
    expect(run.stderr).toBe('');
    expect(run.stdout).toContain('.text');
    expect(run.stdout).not.toContain('.debug');
  });
});
