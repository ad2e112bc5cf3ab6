import { describe, expect, it } from 'vitest';
import { parseRunOptions } from '../../cli/run-options.ts';
import { parseScript, ScriptRunner, TextWatch } from '../../cli/run-script.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('uk run: options', () => {
  it('have the documented defaults and forms', () => {
    expect(parseRunOptions(['a.elf'])).toMatchObject({
      target: 'a.elf',
      gic: 2,
      cpus: 1,
      memoryBytes: 64 << 20,
      maxInstructions: Infinity,
    });
    const all = [
      '--machine',
      'virt,gic=3,smp=4,mem=1G',
      '--append',
      '-x y',
      '--max-instructions',
      '1_000',
      '--no-jit',
      'DIR',
      '--until=ok',
    ];
    expect(parseRunOptions(all)).toMatchObject({
      target: 'DIR',
      gic: 3,
      cpus: 4,
      memoryBytes: 2 ** 30,
      append: '-x y',
      maxInstructions: 1000,
      translate: false,
      until: 'ok',
    });
    expect(parseRunOptions(['a', '--machine', 'virt,mem=512K'])).toMatchObject({ memoryBytes: 512 << 10 });
    expect(parseRunOptions(['--help'])).toBe('help');
  });

  it.each([
    [[], 'which image'],
    [['a', 'b'], 'one image'],
    [['a', '--machine', 'raspi3'], 'no machine "raspi3"'],
    [['a', '--machine', 'virt,gic=4'], 'gic=4'],
    [['a', '--machine', 'virt,smp=9'], 'smp=9'],
    [['a', '--machine', 'virt,mem=lots'], 'mem takes a size'],
    [['a', '--max-instructions', 'x'], 'takes a number'],
    [['a', '--input', 'f', '--script', 'g'], 'exclude'],
    [['a', '--frob'], '--frob'],
  ])('%j are refused', (args, mistake) => {
    expect(parseRunOptions(args)).toMatchObject({ mistake: expect.stringContaining(mistake) as string });
  });
});

describe('uk run: scripts', () => {
  const run = (script: string) => {
    const parsed = parseScript(script, 's');
    if (!parsed.ok) throw new Error(parsed.problems[0].message);
    const sent: string[] = [];
    return { sent, runner: new ScriptRunner(parsed.value, (b) => sent.push(new TextDecoder('latin1').decode(b))) };
  };

  it('send when what they expect has come, in order', () => {
    const { sent, runner } = run('# a comment\n\nexpect > \nsend hello\nexpect done\nsend \\x03\\c\nsend a\\tb\\r\n');
    expect(runner.advance()).toBe(false);
    runner.output(bytes('ok >'));
    expect(runner.advance()).toBe(false);
    expect(runner.ready).toBe(false);
    runner.output(bytes(' do'));
    expect(runner.ready).toBe(true);
    expect(runner.advance()).toBe(true);
    expect(runner.ready).toBe(false);
    expect(runner.waitingFor).toContain('line 5: expected "done"');
    runner.output(bytes('ne'));
    runner.advance();
    expect(sent).toEqual(['hello\n', '\x03', 'a\tb\r']);
    expect(runner.waitingFor).toBeUndefined();
  });

  it('look for each text behind the one before', () => {
    const { runner } = run('expect a\nexpect a\n');
    runner.output(bytes('a'));
    runner.advance();
    expect(runner.waitingFor).toContain('line 2');
  });

  it('that make no sense are refused by line', () => {
    const parsed = parseScript('expect x\nwait 5\nexpect\n', 's');
    expect(!parsed.ok && parsed.problems.map((p) => p.place?.line)).toEqual([2, 3]);
  });

  it('TextWatch finds a text across pieces', () => {
    const watch = new TextWatch('ready');
    for (const piece of ['re', 'rea', 'd', 'y!']) watch.output(bytes(piece));
    expect(watch.seen).toBe(true);
  });
});
