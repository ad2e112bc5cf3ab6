/** A project as a zip file: its files as they are, what else belongs to it in `ukulele.json`, and a Makefile that runs its image under QEMU. */
import { strFromU8, strToU8, unzipSync, zipSync, type Unzipped } from 'fflate';
import type { Result } from '../problem.ts';
import { filePath, projectDetails, readProjectDetails } from './file-schema.ts';
import { defaultMachine, type MachineSettings, type Project } from './project.ts';

const detailsFile = 'ukulele.json';
const makefile = 'Makefile';
const maxFiles = 500;
const maxFileBytes = 1 << 20;
const maxBytes = 16 << 20;
/** Zip files have dates; this one says nothing, so that equal projects give equal files. */
const date = '1980-01-01T12:00:00';

/** `elf`: the image as it was last built, if it was. */
export function packProject(project: Project, elf: Uint8Array | undefined): Uint8Array {
  const files: Record<string, Uint8Array> = {};
  for (const [path, text] of Object.entries(project.files)) files[path] = strToU8(text);
  files[detailsFile] = strToU8(`${JSON.stringify(projectDetails(project), undefined, 2)}\n`);
  if (!(makefile in files)) files[makefile] = strToU8(runningMakefile(project.name, project.machine));
  if (elf) files[`${imageName(project.name)}.elf`] = elf;
  return zipSync(files, { mtime: date, level: 9 });
}

/** Reads what {@link packProject} wrote, or any zip of an application with a Makefile.uk. The archive is a stranger's: bounded and checked. */
export function unpackProject(bytes: Uint8Array, id: string): Result<Project> {
  let count = 0;
  let total = 0;
  let tooMuch = false;
  let lies = false;
  let unzipped: Unzipped;
  try {
    unzipped = unzipSync(bytes, {
      filter: ({ name, size, originalSize }) => {
        // Folders and built images are not files of a project.
        if (name.endsWith('/') || /\.(elf|o|bin|dbg)$/.test(name)) return false;
        // Packed it is hardly ever larger than unpacked, so this says too little: all of it would be inflated only to be cut.
        lies ||= size > originalSize + (originalSize >> 8) + 64;
        if (lies) return false;
        count++;
        total += originalSize;
        tooMuch ||= count > maxFiles || total > maxBytes || originalSize > maxFileBytes;
        return !tooMuch;
      },
    });
  } catch {
    return refused('This zip file is damaged.');
  }
  if (lies) return refused('This zip file is damaged: the sizes in it do not fit.');
  if (tooMuch) return refused(`A project has at most ${maxFiles} files of at most ${maxFileBytes >> 20} MiB each.`);
  const files: Record<string, string> = {};
  for (const [name, content] of Object.entries(withoutOuterFolder(unzipped))) {
    const path = filePath(name);
    if (path === undefined) return refused(`The file name "${name.slice(0, 80)}" cannot be used in a project.`);
    // A file with a zero in it is not text, and nothing that a project is made of.
    if (content.length <= maxFileBytes && !content.includes(0)) files[path] = strFromU8(content);
  }
  const details = readProjectDetails(files[detailsFile]);
  if (!details.ok) return details;
  delete files[detailsFile];
  if (/ukulele/i.test(files[makefile]?.split('\n')[0] ?? '')) delete files[makefile];
  if (!('Makefile.uk' in files)) return refused('There is no Makefile.uk in this zip file: it is not an application.');
  const { name = 'imported', example = 'helloworld', settings = {}, machine = {} } = details.value;
  return { ok: true, value: { id, name, example, files, settings, machine: { ...defaultMachine, ...machine } } };
}

function refused(message: string): Result<never> {
  return { ok: false, problems: [{ severity: 'error', message }] };
}

/** Zips made by hand often have everything in one folder. */
function withoutOuterFolder(files: Unzipped): Unzipped {
  const names = Object.keys(files);
  const folder = names[0]?.slice(0, names[0].indexOf('/') + 1) ?? '';
  if (!folder || 'Makefile.uk' in files || !names.every((name) => name.startsWith(folder))) return files;
  return Object.fromEntries(names.map((name) => [name.slice(folder.length), files[name]]));
}

/** A file name from a project's name. */
export function imageName(name: string): string {
  return name.replace(/[^\w.-]+/g, '-').replace(/^[-.]+/, '') || 'unikernel';
}

/** A text for a recipe of make, which passes it to the shell: one word, whatever is in it. */
function quoted(text: string): string {
  return `'${text
    .replace(/[\r\n]/g, ' ')
    .replaceAll("'", "'\\''")
    .replaceAll('$', '$$$$')}'`;
}

function runningMakefile(name: string, machine: MachineSettings): string {
  const append = machine.commandLine ? ` \\\n\t\t-append ${quoted(machine.commandLine)}` : '';
  return `# Written by Ukulele. "make" runs the image under QEMU (Debian package qemu-system-arm); Ctrl+A, then X ends it.
IMAGE ?= ${imageName(name)}.elf
QEMU ?= qemu-system-aarch64

run: $(IMAGE)
\t$(QEMU) -M virt,gic-version=${machine.gic} -cpu cortex-a53 -smp ${machine.cpus} -m ${machine.memoryMiB} \\
\t\t-display none -serial stdio -monitor none -kernel $(IMAGE)${append}

$(IMAGE):
\t@echo "There is no $@: build the project in Ukulele and export it again, or use its command line: uk build ."
\t@false

.PHONY: run
`;
}
