/** What may be a project's file, and what a project's files on a disk hold beside its sources, checked when they are read. */
import * as v from 'valibot';
import type { Result } from '../problem.ts';
import type { Project } from './project.ts';

/** Where a project's file may lie: below its folder. */
export const pathSchema = v.pipe(
  v.string(),
  v.regex(/^[\w.+-]+(\/[\w.+-]+)*$/),
  v.maxLength(200),
  v.check((p) => !p.split('/').some((part) => part === '..' || part === '__proto__')),
);

/** The path if a project may have a file of that name. */
export function filePath(name: string): string | undefined {
  const checked = v.safeParse(pathSchema, name);
  return checked.success ? checked.output : undefined;
}

const details = v.object({
  name: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(100))),
  example: v.optional(v.pipe(v.string(), v.regex(/^[\w-]{1,60}$/))),
  settings: v.optional(v.record(v.pipe(v.string(), v.regex(/^\w{1,100}$/)), v.pipe(v.string(), v.maxLength(1000)))),
  machine: v.optional(
    v.object({
      gic: v.optional(v.picklist([2, 3])),
      cpus: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(8))),
      memoryMiB: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2048))),
      commandLine: v.optional(v.pipe(v.string(), v.maxLength(2000))),
    }),
  ),
});

type Details = v.InferOutput<typeof details>;

export function projectDetails({ name, example, settings, machine }: Project): Required<Details> {
  return { name, example, settings, machine };
}

/** `text`: of ukulele.json; absent when the archive has none. */
export function readProjectDetails(text: string | undefined): Result<Details> {
  const refuse = (why: string): Result<Details> => ({ ok: false, problems: [{ severity: 'error', message: `ukulele.json: ${why}` }] });
  if (text === undefined) return { ok: true, value: {} };
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return refuse('this is not JSON.');
  }
  const checked = v.safeParse(details, data);
  if (checked.success) return { ok: true, value: checked.output };
  const [issue] = checked.issues;
  return refuse(`"${v.getDotPath(issue) ?? 'top'}": ${issue.message}`);
}
