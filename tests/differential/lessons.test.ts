import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lessonTester, type LessonTester } from '../../cli/lesson-tester.ts';
import { readLessons } from '../../cli/lessons-folder.ts';
import type { Lesson } from '../../src/lib/lessons/index.ts';
import { haveOracles } from '../oracle.ts';

const read = readLessons();
const lessons: Lesson[] = read.ok ? read.value : [];

let tester: LessonTester;
const folder = mkdtempSync(join(tmpdir(), 'lessons-'));
beforeAll(async () => {
  tester = await lessonTester();
});
afterAll(() => rmSync(folder, { recursive: true }));

const withSolution = (lesson: Lesson) => ({ ...lesson.start, ...lesson.solution });

/** Functions of a hint, behind the includes and definitions of the file that they belong to. */
function withHint(lesson: Lesson, file: string, code: string): Record<string, string> {
  const original = lesson.start[file];
  const front = original
    .split('\n')
    .filter((line) => /^#\s*(include|define)\b/.test(line))
    .join('\n');
  const main = file === 'main.c' ? '\nint main(void)\n{\n\treturn 0;\n}\n' : '';
  return { ...lesson.start, [file]: `${front}\n${code}\n${main}` };
}

function codeBlocks(text: string): string[] {
  return [...text.matchAll(/^```c\n(.*?)^```/gms)].map(([, code]) => code);
}

describe('lessons', () => {
  it('can be read', () => {
    expect(read).toMatchObject({ ok: true });
    expect(lessons.map(({ order }) => order)).toEqual(lessons.map((_, i) => i + 1));
    expect(lessons.length).toBeGreaterThanOrEqual(6);
  });

  it.each(lessons)('$name: the solution passes, the start files fail', async (lesson) => {
    const solution = await tester.check(lesson, withSolution(lesson), lesson.name);
    expect(solution.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(solution.verdicts.filter(({ passed }) => !passed)).toEqual([]);
    const start = await tester.check(lesson, lesson.start, lesson.name);
    expect(start.build.elf).toBeDefined();
    expect(start.passed).toBe(false);
  });

  it.each(lessons)('$name: wrong answers are told what was seen and what was expected', async (lesson) => {
    expect(lesson.wrong.length).toBeGreaterThanOrEqual(3);
    for (const { name, files, says } of lesson.wrong) {
      expect(Object.keys(files), name).not.toEqual([]);
      const { verdicts, passed, problems } = await tester.check(lesson, { ...lesson.start, ...files }, lesson.name);
      expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
      expect(passed, name).toBe(false);
      const seen = verdicts.flatMap((verdict) => (verdict.passed ? [] : [verdict.seen.replaceAll('\\n', '\n').replaceAll('\\"', '"')]));
      expect(seen.join('\n'), name).toContain(says);
    }
  });

  it.each(lessons)('$name: the code of its hints compiles', async (lesson) => {
    for (const { title, text, file } of lesson.hints) {
      for (const code of codeBlocks(text)) {
        const files = withHint(lesson, file, code);
        const { problems } = await tester.build(files, lesson.name);
        // What a hint leaves out is missing at the end, when files are linked.
        const wrong = problems.filter(({ severity, message }) => severity === 'error' && !/undefined symbol|is not defined/.test(message));
        expect(wrong, title).toEqual([]);
      }
    }
  });

  it.each(lessons)('$name: its links lead somewhere', (lesson) => {
    const texts = [...lesson.steps, ...lesson.hints].map(({ text }) => text).join('\n');
    for (const [, target] of texts.matchAll(/\]\(([^)\s]+)\)/g)) {
      const [scheme = '', rest = ''] = target.split(':');
      if (scheme === 'file') expect(lesson.start, target).toHaveProperty([rest]);
      else if (scheme === 'view') expect(['terminal', 'map', 'libraries', 'footprint', 'log'], target).toContain(rest);
      else if (scheme === 'lesson') {
        const [name, step] = rest.split('#');
        const other = lessons.find((l) => l.name === name);
        expect(other, target).toBeDefined();
        if (step !== undefined) expect(other?.steps.map(({ id }) => id)).toContain(step);
      } else expect.fail(`${target} is not a link of a lesson`);
    }
    for (const { file } of lesson.steps) if (file !== undefined) expect(lesson.start).toHaveProperty([file]);
  });
});

describe.skipIf(!haveOracles('qemu-system-aarch64'))('solutions under QEMU', () => {
  it.each(lessons)('$name prints the same', async (lesson) => {
    const { elf } = await tester.build(withSolution(lesson), lesson.name);
    if (!elf) throw new Error('the solution does not build');
    const file = join(folder, `${lesson.name}.elf`);
    writeFileSync(file, elf);
    const input = lesson.name === 'uart' ? 'a ukulele.' : '';
    const arguments_ = ['-M', 'virt', '-cpu', 'cortex-a53', '-nographic', '-kernel', file];
    const { stdout, status } = spawnSync('qemu-system-aarch64', arguments_, { encoding: 'latin1', input, timeout: 60_000 });
    expect(status).toBe(0);
    // How long ten beats took is the only thing that a real clock decides.
    const text = stdout.replaceAll('\r', '').replace(/in \d+ ms/, 'in 200 ms');
    const texts = lesson.checks.flatMap((check) =>
      check.kind === 'uart' && !check.machine && (check.input?.length ?? 0) <= 1 ? [check.uart].flat() : [],
    );
    expect(texts.length).toBeGreaterThan(0);
    for (const expected of texts) expect(text).toContain(expected);
  });
});
