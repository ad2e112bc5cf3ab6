/** Objects in a form in which two assemblers' results can be compared: what a linker and a disassembler would see, without the order of tables. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assembleFile } from '../../src/lib/toolchain/assembler/assembler.ts';
import { readElf, type ElfFile, type ElfRelocation } from '../../src/lib/toolchain/object/elf-reader.ts';
import { writeElf } from '../../src/lib/toolchain/object/elf-writer.ts';
import { relocationByNumber } from '../../src/lib/toolchain/object/relocations.ts';

export type ComparableObject = { sections: Record<string, string[]>; symbols: string[] };

const made = new Set(['.symtab', '.strtab', '.shstrtab', '.symtab_shndx', '']);

function hex(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16)
    lines.push(`${at.toString(16)}: ${[...bytes.subarray(at, at + 16)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}`);
  return lines;
}

function target({ symbol, addend }: ElfRelocation, elf: ElfFile): string {
  const sign = `${addend < 0n ? '-' : '+'}${addend < 0n ? -addend : addend}`;
  if (!symbol) return `*ABS*${sign}`;
  const name = symbol.type === 'section' && typeof symbol.section === 'number' ? elf.sections[symbol.section].name : symbol.name;
  return `${name}${sign}`;
}

export function comparable(bytes: Uint8Array): ComparableObject {
  const read = readElf(bytes);
  if (!read.ok) throw new Error(read.problems[0].message);
  const elf = read.value;
  const sections: ComparableObject['sections'] = {};
  for (const section of elf.sections) {
    if (made.has(section.name) || section.type === 4) continue;
    // GNU as makes .text, .data and .bss in any case, and pads nothing at their ends that matters.
    if (section.size === 0 && ['.text', '.data', '.bss'].includes(section.name)) continue;
    const key = section.group ? `.group ${section.group.signature}` : section.name;
    const relocations = [...section.relocations].sort((a, b) => Number(a.offset - b.offset) || a.type - b.type);
    const members = section.group?.members.map((i) => elf.sections[i].name).filter((name) => !name.startsWith('.rela'));
    sections[key] = [
      `type ${section.type} flags 0x${section.flags.toString(16)} size ${section.size} align ${section.align} entry ${section.entrySize}`,
      ...(members ? [`comdat ${section.group?.comdat} ${members.join(' ')}`] : hex(section.bytes)),
      ...relocations.map((r) => `${r.offset.toString(16)} ${relocationByNumber(r.type)?.name ?? r.type} ${target(r, elf)}`),
    ];
  }
  const symbols = elf.symbols
    .filter(
      ({ name, type, binding }) =>
        name !== '' && type !== 'section' && type !== 'file' && !/^\$[xd]/.test(name) && !(name.startsWith('.L') && binding === 'local'),
    )
    .map(({ name, binding, type, visibility, value, size, section }) => {
      const where = typeof section === 'number' ? elf.sections[section].name : section;
      return `${name} ${binding} ${type} ${visibility} ${where} ${value.toString(16)} ${size}`;
    })
    .sort();
  return { sections, symbols };
}

/** Which bytes of executable sections are code, by the mapping symbols. */
export function codeRanges(bytes: Uint8Array): Record<string, string> {
  const read = readElf(bytes);
  if (!read.ok) throw new Error(read.problems[0].message);
  const ranges: Record<string, string> = {};
  for (const section of read.value.sections) {
    if ((section.flags & 4) === 0 || section.size === 0) continue;
    const marks = read.value.symbols.filter((symbol) => symbol.section === section.index && /^\$[xd]/.test(symbol.name));
    const kinds = new Array<string>(section.size).fill('?');
    for (const { name, value } of marks.sort((a, b) => Number(a.value - b.value))) kinds.fill(name[1], Number(value));
    ranges[section.name] = kinds.join('').replace(/(.)\1*/g, (run, kind: string) => `${kind}${run.length} `);
  }
  return ranges;
}

/** What GNU as makes of a text; its messages if it makes nothing. */
export function gnuAssemble(text: string, ...flags: string[]): Uint8Array | string {
  const dir = mkdtempSync(join(tmpdir(), 'ukulele-as-'));
  try {
    const run = spawnSync('aarch64-linux-gnu-as', [...flags, '-o', join(dir, 'a.o'), '--', '-'], {
      input: text,
      encoding: 'utf8',
      cwd: dir,
    });
    return run.status === 0 ? new Uint8Array(readFileSync(join(dir, 'a.o'))) : run.stderr;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

export function assembleElf(text: string): Uint8Array {
  const assembled = assembleFile(text, { file: 'a.s' });
  if (!assembled.ok) throw new Error(assembled.problems.map(({ place, message }) => `${place?.line}: ${message}`).join('\n'));
  const written = writeElf(assembled.value.object);
  if (!written.ok) throw new Error(written.problems[0].message);
  return written.value;
}
