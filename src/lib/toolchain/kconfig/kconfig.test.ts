import { describe, expect, it } from 'vitest';
import { Configuration } from './configuration.ts';
import { readConfig, writeConfig, writeDefconfig, writeHeader } from './dotconfig.ts';
import { explain } from './explain.ts';
import { readKconfig, setValue } from './kconfig.ts';
import { menuTree, type MenuEntry } from './menu.ts';

function read(files: Record<string, string>, environment: Record<string, string> = {}) {
  return readKconfig(
    'Config.uk',
    {
      read: (path) => files[path],
      glob: (pattern) =>
        Object.keys(files)
          .filter((path) => new RegExp(`^${pattern.replaceAll('*', '[^/]*')}$`).test(path))
          .sort(),
    },
    new Map(Object.entries(environment)),
  );
}

function messages(text: string, more: Record<string, string> = {}): string[] {
  return read({ 'Config.uk': text, ...more }).problems.map(
    (p) => `${p.place?.file}:${p.place?.line}:${p.place?.column} ${p.severity}: ${p.message}`,
  );
}

const libraries = `mainmenu "Test"
menu "Libraries"
config LIBBOOT
	bool "boot"
	select LIBALLOC
	default y
config LIBALLOC
	bool "alloc"
	help
	  Gives out memory.

	  In pieces.
choice
	prompt "Allocator"
	depends on LIBALLOC
	default LIBBUDDY
config LIBBUDDY
	bool "buddy"
config LIBREGION
	bool "region"
endchoice
config HEAP
	int "heap pages"
	range 1 64 if LIBREGION
	range 1 1024
	default 200
	depends on LIBALLOC
config LIBSCHED
	bool "sched"
	depends on LIBTIME
config LIBTIME
	bool "time"
config BASE
	hex "base"
	default 0x1000
config NAME
	string "name"
	default "a \\"b\\" \\\\"
endmenu
`;

describe('reading Kconfig', () => {
  it('follows source, osource, rsource and patterns', () => {
    const { model, problems } = read(
      {
        'Config.uk': 'BASE := libs\nsource "$(BASE)/*/Config.uk"\nosource "none/Config.uk"\nosource "$(UK_APP)/Config.uk"\n',
        'libs/a/Config.uk': 'config A\n\tbool\nrsource "more.uk"\n',
        'libs/a/more.uk': 'config A2\n\tbool\n',
        'libs/b/Config.uk': 'if A\nconfig B_$(X)\n\tbool "b"\nendif\n',
        'app/Config.uk': 'config APP\n\tdef_bool y\n',
      },
      { X: 'X1', UK_APP: 'app' },
    );
    expect(problems).toEqual([]);
    expect([...model.symbols.keys()]).toEqual(['A', 'A2', 'B_X1', 'APP']);
    expect(model.symbols.get('A2')?.nodes[0]?.place).toEqual({ file: 'libs/a/more.uk', line: 1, column: 8 });
  });

  it.each<[string, string, string]>([
    ['an unknown statement', 'config A\n\tbool\nmnu "x"\n', 'Config.uk:3:1 error: unknown attribute "mnu" in config'],
    ['a missing endmenu', 'menu "x"\nconfig A\n\tbool\n', 'Config.uk:1:1 error: menu without endmenu'],
    ['a stray endif', 'config A\n\tbool\nendif\n', 'Config.uk:3:1 error: "endif" without a if to end'],
    ['an undefined symbol', 'config A\n\tbool "a"\n\tdepends on NOPE\n', 'Config.uk:3:13 warning: NOPE is not defined: it counts as n'],
    ['a missing file', 'source "x/Config.uk"\n', 'Config.uk:1:8 error: file not found: "x/Config.uk"'],
    [
      'a default of the wrong type',
      'config A\n\tint "a"\n\tdefault "abc"\n',
      'Config.uk:3:10 warning: "abc" is not a value of type int for A',
    ],
    ['an open string', 'config A\n\tbool "a\n', 'Config.uk:2:7 error: string without its closing "'],
    ['a bad expression', 'config A\n\tbool "a"\n\tdepends on B &&\n', 'Config.uk:3:17 error: expected a symbol or a value'],
    ['text after a statement', 'config A B\n\tbool\n', 'Config.uk:1:10 error: unexpected "B" at the end of the line'],
    [
      'a shell call',
      'A := $(shell,ls)\n',
      'Config.uk:1:1 error: $(shell,...) is not supported: there is no shell where the configuration is read',
    ],
    ['a file that sources itself', 'source "Config.uk"\n', 'Config.uk:1:8 error: "Config.uk" sources itself: Config.uk -> Config.uk'],
    [
      'two types',
      'config A\n\tbool\nconfig A\n\tint\n',
      'Config.uk:4:2 warning: A is int here and bool where it is defined first (Config.uk:1)',
    ],
  ])('reports %s with its place', (_, text, message) => {
    expect(messages(text)).toContain(message);
  });

  it('refuses a chain of dependencies that is too long to follow', () => {
    const chain = Array.from({ length: 6000 }, (_, i) => `config S${i}\n\tbool "s"\n\tdepends on S${i + 1}\n`).join('');
    const { model, problems } = read({ 'Config.uk': chain });
    expect(problems.find((p) => p.severity === 'error')?.message).toBe(
      'too many symbols depend on each other in a row: more than 400 up to S400',
    );
    expect(new Configuration(model).valueOf('S0')).toBe('');
  });

  it('shows the way round a dependency loop', () => {
    expect(messages('config A\n\tbool "a"\n\tdepends on B\nconfig B\n\tbool "b"\n\tdepends on A\n')).toEqual([
      'Config.uk:3:13 error: dependencies go round in a circle: A depends on B (Config.uk:3); B depends on A (Config.uk:6)',
    ]);
  });
});

describe('Configuration', () => {
  const { model, problems } = read({ 'Config.uk': libraries });
  const standard = new Configuration(model);

  it('has no problems to begin with', () => expect(problems).toEqual([]));

  it('resolves selects, choices, ranges and defaults', () => {
    expect(['LIBBOOT', 'LIBALLOC', 'LIBBUDDY', 'LIBREGION', 'HEAP', 'LIBSCHED', 'BASE'].map((name) => standard.valueOf(name))).toEqual([
      'y', 'y', 'y', 'n', '200', 'n', '0x1000',
    ]); // prettier-ignore
    const region = standard.with([['LIBREGION', 'y']]);
    expect([region.valueOf('LIBBUDDY'), region.valueOf('LIBREGION'), region.valueOf('HEAP')]).toEqual(['n', 'y', '64']);
  });

  it('writes what Linux writes', () => {
    expect(writeConfig(standard)).toBe(`#
# Automatically generated file; DO NOT EDIT.
# Test
#

#
# Libraries
#
CONFIG_LIBBOOT=y
CONFIG_LIBALLOC=y
CONFIG_LIBBUDDY=y
# CONFIG_LIBREGION is not set
CONFIG_HEAP=200
# CONFIG_LIBTIME is not set
CONFIG_BASE=0x1000
CONFIG_NAME="a \\"b\\" \\\\"
# end of Libraries
`);
    expect(writeHeader(standard)).toContain('#define CONFIG_LIBBOOT 1\n');
    expect(writeHeader(standard)).toContain('#define CONFIG_NAME "a \\"b\\" \\\\"\n');
    expect(writeDefconfig(standard)).toBe('');
    const changed = standard.with([['LIBREGION', 'y'], ['HEAP', '32'], ['LIBBOOT', 'n'], ['LIBALLOC', 'y']]); // prettier-ignore
    expect(writeDefconfig(changed)).toBe('# CONFIG_LIBBOOT is not set\nCONFIG_LIBALLOC=y\nCONFIG_LIBREGION=y\nCONFIG_HEAP=32\n');
    const again = readConfig(writeDefconfig(changed), 'defconfig');
    expect(writeConfig(new Configuration(model, again.settings))).toBe(writeConfig(changed));
  });

  it('reports settings that cannot stand, at their lines', () => {
    const { settings, places } = readConfig('CONFIG_HEAP=5000\nCONFIG_GONE=y\nCONFIG_LIBTIME=7\n', 'defconfig');
    expect(new Configuration(model, settings).problems(places).map((p) => `${p.place?.line} ${p.message}`)).toEqual([
      '1 5000 is outside the range 1 to 1024 of HEAP: 200 is used',
      '2 GONE is not defined by any Config.uk: the setting does nothing',
      '3 "7" is not a value of LIBTIME, which is bool',
    ]);
  });

  it('sets values as a person does, or says why not', () => {
    const off = setValue(standard, 'LIBALLOC', 'n');
    expect(off).toEqual({ ok: false, problems: [{ severity: 'error', message: 'LIBALLOC cannot be set to n: LIBBOOT selects it' }] });
    const sched = setValue(standard, 'LIBSCHED', 'y');
    expect(sched.ok ? '' : sched.problems[0]?.message).toBe('LIBSCHED cannot be set to y: it needs LIBTIME, which is off');
    const time = setValue(standard, 'LIBTIME', 'y');
    const both = time.ok ? setValue(time.value, 'LIBSCHED', 'y') : time;
    expect(both.ok && both.value.valueOf('LIBSCHED')).toBe('y');
    const member = setValue(standard, 'LIBBUDDY', 'n');
    expect(member.ok).toBe(false);
  });

  it('explains a value', () => {
    const alloc = explain(standard, 'LIBALLOC');
    expect(alloc?.because[0]?.text).toBe('LIBBOOT is on and selects it');
    expect(alloc?.changeable).toBe(false);
    expect(alloc?.help).toBe('Gives out memory.\n\nIn pieces.');
    expect(explain(standard, 'LIBBOOT')?.pullsIn).toEqual(['LIBALLOC']);
    expect(explain(standard, 'LIBSCHED')?.blockedBy.map((r) => [r.text, r.place?.line])).toEqual([['it needs LIBTIME, which is off', 30]]);
    expect(explain(standard, 'LIBREGION')?.because[0]?.text).toBe('its choice has fallen on LIBBUDDY');
  });

  it('gives the menu as data', () => {
    const flat = (entries: readonly MenuEntry[]): MenuEntry[] => entries.flatMap((e) => [e, ...flat(e.children)]);
    const visible = flat(menuTree(standard));
    expect(visible.map((e) => e.symbol ?? e.prompt)).toEqual([
      'Libraries',
      'LIBBOOT',
      'LIBALLOC',
      'Allocator',
      'LIBBUDDY',
      'LIBREGION',
      'HEAP',
      'LIBTIME',
      'BASE',
      'NAME',
    ]);
    expect(visible.find((e) => e.symbol === 'HEAP')?.range).toEqual({ low: '1', high: '1024' });
    expect(visible.find((e) => e.kind === 'choice')?.value).toBe('LIBBUDDY');
    const all = flat(menuTree(standard, 'all'));
    expect(all.find((e) => e.symbol === 'LIBSCHED')).toMatchObject({ changeable: false, reasons: ['it needs LIBTIME, which is off'] });
    expect(new Set(all.map((e) => e.id)).size).toBe(all.length);
  });
});
