/** `uk lesson check [NAME [DIR]]`: holds lessons' checks against their solutions, or against your own answer. */
import { basename } from 'node:path';
import type { Lesson, Verdict } from '../src/lib/lessons/index.ts';
import { formatProblem } from '../src/lib/problem.ts';
import { textOf } from '../src/lib/toolchain/index.ts';
import { parseArguments } from './arguments.ts';
import { lessonTester, type LessonTester } from './lesson-tester.ts';
import { readLessons } from './lessons-folder.ts';
import { readFolder } from './project-folder.ts';

const usage = `usage: uk lesson list
       uk lesson check [NAME]      for each lesson, or one: the solution passes, the start files fail
       uk lesson check NAME DIR    holds the application in DIR against a lesson's checks
`;

export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, { flags: ['--help'], values: [] });
  const usageError = (message: string) => {
    process.stderr.write(`uk lesson: ${message}\n${usage}`);
    return 2;
  };
  if (typeof parsed === 'string') return usageError(parsed);
  if (parsed.flags.has('--help')) {
    process.stdout.write(usage);
    return 0;
  }
  const [verb, name, folder, ...more] = parsed.rest;
  if ((verb !== 'list' && verb !== 'check') || more.length > 0) return usageError(verb === undefined ? 'list or check?' : 'what is that?');
  const lessons = readLessons();
  if (!lessons.ok) {
    for (const problem of lessons.problems) process.stderr.write(`${formatProblem(problem)}\n`);
    return 1;
  }
  if (verb === 'list') {
    for (const lesson of lessons.value) process.stdout.write(`${lesson.name.padEnd(12)} ${lesson.title}\n`);
    return 0;
  }
  const chosen = lessons.value.filter((lesson) => name === undefined || lesson.name === name);
  if (chosen.length === 0) return usageError(`there is no lesson "${name}"; there are ${lessons.value.map((l) => l.name).join(', ')}`);
  const tester = await lessonTester();
  if (folder !== undefined) return checkFolder(tester, chosen[0], folder);
  let failed = 0;
  for (const lesson of chosen) if (!(await checkLesson(tester, lesson))) failed++;
  return failed > 0 ? 1 : 0;
}

async function checkFolder(tester: LessonTester, lesson: Lesson, folder: string): Promise<number> {
  const files = readFolder(folder);
  if (!files.ok) {
    for (const problem of files.problems) process.stderr.write(`${formatProblem(problem)}\n`);
    return 1;
  }
  const app = Object.fromEntries([...files.value].map(([path, bytes]) => [path, textOf(bytes)]));
  const outcome = await tester.check(lesson, app, basename(folder));
  for (const problem of outcome.problems) process.stderr.write(`${formatProblem(problem)}\n`);
  for (const verdict of outcome.verdicts) process.stdout.write(verdictText(verdict));
  return outcome.passed ? 0 : 1;
}

/** Both halves of a lesson's promise: its solution is right, and its start is not. */
async function checkLesson(tester: LessonTester, lesson: Lesson): Promise<boolean> {
  const solution = await tester.check(lesson, { ...lesson.start, ...lesson.solution }, lesson.name);
  const start = await tester.check(lesson, lesson.start, lesson.name);
  const good = solution.passed && !start.passed;
  process.stdout.write(`${good ? 'ok  ' : 'FAIL'} ${lesson.name}: ${lesson.title}\n`);
  if (!solution.passed) {
    process.stdout.write('  the solution does not pass:\n');
    for (const problem of solution.problems) process.stdout.write(`  ${formatProblem(problem)}\n`);
    for (const verdict of solution.verdicts) if (!verdict.passed) process.stdout.write(verdictText(verdict));
  }
  if (start.passed) process.stdout.write('  the start files pass already\n');
  return good;
}

function verdictText(verdict: Verdict): string {
  if (verdict.passed) return `  ok   ${verdict.goal}\n`;
  return `  FAIL ${verdict.goal}\n       seen:     ${verdict.seen}\n       expected: ${verdict.expected}\n       ${verdict.teach}\n`;
}
