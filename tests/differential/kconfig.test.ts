import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkModel } from '../../src/lib/toolchain/kconfig/check.ts';
import { Configuration } from '../../src/lib/toolchain/kconfig/configuration.ts';
import { readConfig, settingsAbove, writeConfig, writeDefconfig, writeHeader } from '../../src/lib/toolchain/kconfig/dotconfig.ts';
import { buildModel, type MenuNode } from '../../src/lib/toolchain/kconfig/model.ts';
import { parseKconfig } from '../../src/lib/toolchain/kconfig/parser.ts';
import { randomCase, type KconfigCase } from './kconfig.generator.ts';

type Answer = { error: string } | { config: string; defconfig: string; header: string; visibility: Record<string, number>; menu: string[] };

/** Debian's Python with kconfiglib (package python3-kconfiglib). */
const python = '/usr/bin/python3';
const haveKconfiglib = spawnSync(python, ['-c', 'import kconfiglib']).status === 0;
if (!haveKconfiglib && process.env.ORACLES === 'required')
  throw new Error('missing oracle: kconfiglib (Debian package python3-kconfiglib)');

function kconfiglib(cases: readonly KconfigCase[]): Answer[] {
  const script = readFileSync(new URL('./kconfig.oracle.py', import.meta.url), 'utf8');
  const run = spawnSync(python, ['-c', script], { input: JSON.stringify(cases), encoding: 'utf8', maxBuffer: 1 << 28 });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout) as Answer[];
}

function ours({ kconfig, config }: KconfigCase): Answer {
  const parsed = parseKconfig('Kconfig', { read: (path) => (path === 'Kconfig' ? kconfig : undefined), glob: () => [] }, new Map());
  const { model, problems } = buildModel(parsed.file, new Map());
  const errors = [...parsed.problems, ...problems, ...checkModel(model)].filter((p) => p.severity === 'error');
  if (errors.length > 0) return { error: errors.map((e) => e.message).join('\n') };
  const configuration = new Configuration(model, readConfig(config, '.config').settings);
  const withoutHeader = writeConfig(configuration).split('\n').slice(4).join('\n');
  return {
    config: withoutHeader,
    defconfig: writeDefconfig(configuration),
    header: writeHeader(configuration),
    visibility: Object.fromEntries([...model.symbols.values()].map((s) => [s.name, configuration.visibilityOf(s)])),
    menu: menuLines(model.menu, 0),
  };
}

function menuLines(nodes: readonly MenuNode[], depth: number): string[] {
  return nodes.flatMap((node) => [
    `${depth} ${node.item.kind === 'symbol' ? node.item.symbol.name : node.item.kind}`,
    ...menuLines(node.children, depth + 1),
  ]);
}

describe.skipIf(!haveKconfiglib)('Kconfig against kconfiglib', () => {
  const first = Number(process.env.KCONFIG_SEED ?? 1);
  const count = Number(process.env.KCONFIG_CASES ?? 600);
  const cases = Array.from({ length: count }, (_, i) => randomCase(first + i));

  it(`evaluates ${count} random configurations alike`, () => {
    const answers = kconfiglib(cases);
    let loops = 0;
    cases.forEach((one, i) => {
      const theirs = answers[i];
      const mine = ours(one);
      const where = `seed ${first + i}\n${one.kconfig}\n--- .config\n${one.config}`;
      if (theirs && 'error' in theirs) {
        loops++;
        // Between members of one choice, where defaults and selects do nothing, kconfiglib sees loops that are none.
        if (!theirs.error.includes('<choice>')) expect(mine, `${theirs.error}\n${where}`).toHaveProperty('error');
      } else if ('error' in mine && mine.error.includes('choice has the member'))
        loops++; // kconfiglib does not look through a choice.
      else expect(mine, where).toEqual(theirs);
    });
    expect(loops).toBeLessThan(count / 4);
  });

  it('tells what to set above a defconfig', () => {
    for (let i = 0; i + 1 < 300; i++) {
      const [one, other] = [cases[i], randomCase(first + i + 100_000)];
      const parsed = one && parseKconfig('Kconfig', { read: () => one.kconfig, glob: () => [] }, new Map());
      if (!one || !parsed) continue;
      const { model, problems } = buildModel(parsed.file, new Map());
      if ([...parsed.problems, ...problems, ...checkModel(model)].some((p) => p.severity === 'error') || model.modules) continue;
      const wanted = new Configuration(model, readConfig(one.config, '.config').settings);
      const defconfig = readConfig(other.config, 'defconfig').settings;
      const above = settingsAbove(wanted, defconfig);
      expect(writeConfig(new Configuration(model, defconfig).with(above)), one.kconfig + other.config).toBe(writeConfig(wanted));
    }
  });

  it('reads back what it writes', () => {
    for (const one of cases.slice(0, 200)) {
      const mine = ours(one);
      if ('error' in mine) continue;
      expect(ours({ kconfig: one.kconfig, config: mine.config }), one.kconfig).toEqual(mine);
      expect(ours({ kconfig: one.kconfig, config: mine.defconfig }), one.kconfig).toEqual(mine);
    }
  });
});
