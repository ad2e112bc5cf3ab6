import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseKconfig } from '../kconfig/parser.ts';
import { buildModel } from '../kconfig/model.ts';
import { checkModel } from '../kconfig/check.ts';
import { Configuration } from '../kconfig/configuration.ts';
import { writeConfig } from '../kconfig/dotconfig.ts';
import { MakeEvaluator } from './evaluator.ts';
import { splitShellWords } from './shell-words.ts';
import { registerMacros } from './unikraft.ts';

function evaluate(text: string, more: Record<string, string> = {}): { make: MakeEvaluator; messages: string[] } {
  const files: Record<string, string> = { '/uk/libs/x/Makefile.uk': text, ...more };
  const make = new MakeEvaluator({ read: (path) => files[path], glob: () => [], exists: (path) => path in files }, '/uk');
  registerMacros(make);
  make.evaluateFile('/uk/libs/x/Makefile.uk');
  return { make, messages: make.problems.map((p) => `${p.place?.line} ${p.severity}: ${p.message}`) };
}

describe('Makefile.uk', () => {
  it('registers libraries and platforms', () => {
    const make = new MakeEvaluator({ read: () => '$(eval $(call addlib_s,libx,$(CONFIG_LIBX)))\n$(eval $(call addlib_s,liby,$(CONFIG_LIBY)))\n$(eval $(call addplatlib,kvm,libplat))\nLIBX_SRCS-y += $(LIBX_BASE)/a.c|isr|common\n', glob: () => [], exists: () => true }, '/uk'); // prettier-ignore
    const registered = registerMacros(make);
    make.define('CONFIG_LIBX', 'y');
    make.evaluateFile('/uk/libs/x/Makefile.uk');
    expect(make.problems).toEqual([]);
    expect([...registered.libraries.values()].map((l) => [l.name, l.base, l.platform])).toEqual([
      ['libx', '/uk/libs/x', undefined],
      ['libplat', '/uk/libs/x', 'kvm'],
    ]);
    expect(make.value('LIBX_SRCS-y')).toBe('/uk/libs/x/a.c|isr|common');
    expect(make.placeOfWord('LIBX_SRCS-y', '/uk/libs/x/a.c|isr|common')?.line).toBe(4);
  });

  it.each<[string, string, string]>([
    ['a rule', 'A := 1\n$(A).o: x.c\n', '2 error: rules are not supported: 1.o: x.c'],
    ['a recipe', 'A := 1\n\tcc -c x.c\n', '2 error: recipes are not supported: cc -c x.c'],
    ['a line that is nothing', 'hello world\n', '1 error: line is neither an assignment nor a directive: hello world'],
    ['a shell call', 'A = $(shell date)\nB := $(A)\n', '2 error: $(shell ...) is not supported: there is no shell where builds run'],
    ['a shell assignment', 'A != date\n', '1 error: "!=" runs a shell command, which is not supported: A != date'],
    ['an open reference', 'A := $(B\n', '1 error: unterminated variable reference: $(B'],
    ['a missing include', 'include none.mk\n', '1 error: included file not found: none.mk'],
    ['a missing endif', '\nifeq (a,b)\nA = 1\n', '2 error: missing endif'],
    ['a stray endif', 'endif\n', '1 error: endif without a conditional'],
    ['a second else', 'ifdef A\nelse\nelse\nendif\n', '3 error: only one else in a conditional'],
    ['a define without end', 'define A\nx\n', '1 error: define without endef'],
    ['a variable of itself', 'A = $(A)\nB := $(A)\n', '2 error: variable A refers to itself'],
    [
      'an include of itself',
      'include /uk/libs/x/Makefile.uk\n',
      '1 error: "/uk/libs/x/Makefile.uk" includes itself, or files nest deeper than 64',
    ],
    ['$(error)', 'ifeq ($(CC),)\n$(error no compiler)\nendif\nA: b\n', '2 error: no compiler'],
    ['$(warning)', '$(warning careful)\n', '1 warning: careful'],
    [
      'a library twice',
      '$(eval $(call addlib,a))\n$(eval $(call addlib,a))\n',
      '2 error: library a is registered twice: /uk/libs/x/Makefile.uk:1 and here',
    ],
    ['a download', '$(eval $(call fetch,a,http://x))\n', '1 error: $(call fetch,...) gets sources from elsewhere, which is not supported'],
    [
      'unbounded growth',
      `A0 := xxxxxxxxxxxxxxxx\n${Array.from({ length: 40 }, (_, i) => `A${i + 1} = $(A${i})$(A${i})\n`).join('')}B := $(A40)\n`,
      '42 error: variables grow without bounds',
    ],
    ['deep nesting', `B := ${'$('.repeat(2000)}${')'.repeat(2000)}\n`, '1 error: references nest deeper than 400'],
  ])('reports %s with its line', (_, text, message) => {
    expect(evaluate(text).messages).toContain(message);
  });

  it('has words of a flag list as a shell would', () => {
    expect(splitShellWords(`-DA=\\"x y\\" '-DB="a b"' -D"C=d e" -O2   -I/x`)).toEqual([
      '-DA="x',
      'y"',
      '-DB="a b"',
      '-DC=d e',
      '-O2',
      '-I/x',
    ]);
  });
});

describe('damaged input', () => {
  const fragment = fc.constantFrom(
    'config A\n', 'menu "x"\n', 'endmenu\n', 'if A && !B\n', 'endif\n', 'choice\n', 'endchoice\n', '\tbool "a"\n', '\tdepends on (A\n', '\tselect B if\n', '"', '$(', ')', '\\\n', '\t', '#',
    '\thelp\n\t  x\n', 'ifeq (a,$(A))\n', 'else\n', 'define X\n', 'endef\n', 'A += $(call X,$(A),', '$(eval ', '$(foreach i,a b,$(i))', 'include ', '\0', '=', ':', '$(subst a,b)', '$(word 0,x)', 'source "*"\n',
    '\tdefault B\n', '\trange 1 A\n', 'B = $(B)\n', 'config B\n', '\timply A\n', '\tint\n', 'é\u{1f600}',
  ); // prettier-ignore
  const text = fc.array(fragment, { maxLength: 40 }).map((parts) => parts.join(''));

  it('never stops the evaluator of makefiles', () => {
    fc.assert(
      fc.property(text, (source) => void evaluate(source)),
      { numRuns: 2000 },
    );
  });

  it('never stops the reader of Kconfig', () => {
    fc.assert(
      fc.property(text, (source) => {
        const { file } = parseKconfig('K', { read: () => source, glob: () => ['K'] }, new Map());
        const { model } = buildModel(file, new Map());
        checkModel(model);
        writeConfig(new Configuration(model, new Map([['A', 'y']])));
      }),
      { numRuns: 2000 },
    );
  });
});
