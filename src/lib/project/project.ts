/** What a person edits: the files of an application, its configuration, and the machine that it runs on. */

export type MachineSettings = {
  gic: 2 | 3;
  /** Number of CPUs, 1 to 8. */
  cpus: number;
  /** RAM in MiB. */
  memoryMiB: number;
  /** `/chosen/bootargs` of the device tree. */
  commandLine: string;
};

export type Project = {
  id: string;
  name: string;
  /** Name of the pool's example application that it began as. */
  example: string;
  /** Text files by path relative to the application's folder. */
  files: Record<string, string>;
  /** Kconfig values that the person chose, by symbol without `CONFIG_`, as written in a defconfig. */
  settings: Record<string, string>;
  machine: MachineSettings;
};

export const defaultMachine: MachineSettings = { gic: 2, cpus: 1, memoryMiB: 64, commandLine: '' };

/** Where people begin. */
export const firstExample = 'helloworld';

/** Example applications: folders of `apps/` in the pool that have a Makefile.uk. */
export function exampleNames(pool: Readonly<Record<string, string>>): string[] {
  const names = Object.keys(pool).flatMap((path) => /^apps\/([^/]+)\/Makefile\.uk$/.exec(path)?.[1] ?? []);
  return names.sort((a, b) => Number(b === firstExample) - Number(a === firstExample) || a.localeCompare(b));
}

/** The example of a name that was stored once; the first one where there is none such any more. */
export function exampleNamed(pool: Readonly<Record<string, string>>, name: string): Project {
  return projectFromExample(pool, exampleNames(pool).includes(name) ? name : firstExample);
}

/** A new project with the files of an example application. */
export function projectFromExample(pool: Readonly<Record<string, string>>, example: string, id: string = example): Project {
  const prefix = `apps/${example}/`;
  const files: Record<string, string> = {};
  for (const [path, text] of Object.entries(pool)) {
    if (path.startsWith(prefix)) files[path.slice(prefix.length)] = text;
  }
  return { id, name: example, example, files, settings: {}, machine: { ...defaultMachine } };
}

/** A pool with one more example application: a lesson's start files, say. */
export function withExample(
  pool: Readonly<Record<string, string>>,
  name: string,
  files: Readonly<Record<string, string>>,
): Record<string, string> {
  const added = Object.entries(files).map(([path, text]) => [`apps/${name}/${path}`, text]);
  return { ...pool, ...Object.fromEntries(added) };
}

/** Whether a build gives the very image of the example: name, files and settings go into it, machine options do not. */
export function buildsExample(project: Project, original: Project): boolean {
  return project.name === original.name && sameWork({ ...project, machine: original.machine }, original);
}

/** The file to show first: the application's C source, else anything. */
export function mainFileOf(project: Project): string {
  const paths = Object.keys(project.files).sort();
  return paths.find((p) => p === 'main.c') ?? paths.find((p) => p.endsWith('.c')) ?? paths[0] ?? '';
}

/** Whether two projects hold the same work (identity and name aside). */
export function sameWork(a: Project, b: Project): boolean {
  return (
    JSON.stringify([sorted(a.files), sorted(a.settings), a.machine]) === JSON.stringify([sorted(b.files), sorted(b.settings), b.machine])
  );
}

function sorted(record: Record<string, string>): [string, string][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
