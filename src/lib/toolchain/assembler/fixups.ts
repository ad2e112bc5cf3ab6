/** Places whose value is known only when the text has been read: bytes if the assembler can tell, relocations if the linker must. */
import type { ObjectSymbol, Section } from '../object/object.ts';
import { patchField, relocationByName, relocationMisfit, type RelocationKind } from '../object/relocations.ts';
import { SyntaxProblem } from './cursor.ts';
import type { Value } from './expression.ts';
import type { Pass } from './pass.ts';
import type { Place } from './state.ts';

export type Fixup = {
  section: Section;
  offset: number;
  /** Bytes of a datum, 4 for an instruction, 0 for `.reloc`. */
  size: number;
  /** Absent for data: absolute or relative by the form of the value. */
  relocation?: string;
  value: Value;
  place: Place;
};

const absolute: ObjectSymbol = Object.freeze({
  name: '*ABS*',
  binding: 'local',
  visibility: 'default',
  type: 'none',
  place: Object.freeze({ absolute: 0n }),
  size: 0n,
  temporary: true,
});

export function resolveFixup(pass: Pass, fixup: Fixup): void {
  const value = pass.reduce(fixup.value, 0);
  if (fixup.relocation === undefined) resolveDatum(pass, fixup, value);
  else {
    const kind = relocationByName(fixup.relocation);
    if (!kind) throw new SyntaxProblem(`no relocation is called '${fixup.relocation}'`);
    if (value.sub) throw new SyntaxProblem(`${describe(value)} is not the address of a symbol`);
    resolveKind(pass, fixup, kind, value);
  }
}

function resolveDatum(pass: Pass, fixup: Fixup, value: Value): void {
  const bits = fixup.size * 8;
  const { add, sub } = value;
  if (!add && !sub) {
    pass.checkWidth(value.constant, fixup.size);
    patchField(dataKind('ABS', bits), fixup.section.bytes, fixup.offset, value.constant);
    return;
  }
  if (bits < 16) throw new SyntaxProblem(`${describe(value)} is not known before linking and does not fit ${bits} bits`);
  if (!sub) {
    resolveKind(pass, fixup, dataKind('ABS', bits), value);
    return;
  }
  const origin = sub.place;
  if (!add || !origin || !('section' in origin) || origin.section !== fixup.section)
    throw new SyntaxProblem(
      `${describe(value)} is not known before linking`,
      `'${sub.name}' must be defined in the section of the place that holds the difference`,
    );
  resolveKind(pass, fixup, dataKind('PREL', bits), { constant: value.constant + BigInt(fixup.offset - origin.offset), add });
}

function dataKind(prefix: string, bits: number): RelocationKind {
  const kind = relocationByName(`${prefix}${bits}`);
  if (!kind) throw new Error(`no relocation for ${bits} bits`);
  return kind;
}

function resolveKind(pass: Pass, { section, offset, size, place }: Fixup, kind: RelocationKind, { add, constant }: Value): void {
  if (!add) {
    if (kind.value === 'absolute' && size > 0) patch(section, offset, kind, constant);
    else section.relocations.push({ offset, type: kind.name, symbol: absolute, addend: constant });
    return;
  }
  const target = add.place;
  // Labels that cannot be global later are resolved here, where the line is known; the writer does the same for the rest.
  if (size > 0 && add.temporary && kind.value === 'relative' && target && 'section' in target && target.section === section) {
    patch(section, offset, kind, BigInt(target.offset - offset) + constant, add.name);
    return;
  }
  if (add.binding === 'local' && !target && !pass.state.uses.has(add)) pass.state.uses.set(add, place);
  section.relocations.push({ offset, type: kind.name, symbol: add, addend: constant });
}

function patch(section: Section, offset: number, kind: RelocationKind, value: bigint, target?: string): void {
  const misfit = relocationMisfit(kind, value);
  if (misfit)
    throw new SyntaxProblem(
      target === undefined ? `the value ${value} ${misfit}` : `the distance to ${displayName(target)}, ${value} bytes, ${misfit}`,
    );
  patchField(kind, section.bytes, offset, value);
}

export function displayName(name: string): string {
  const numeric = /^\.Llocal\$(\d+)\$/.exec(name);
  if (numeric) return `label ${numeric[1]}`;
  return name.startsWith('.Lliteral$') ? 'the literal pool' : `'${name}'`;
}

function describe({ add, sub, constant }: Value): string {
  const parts = [add ? displayName(add.name) : '', sub ? `- ${displayName(sub.name)}` : '', constant === 0n ? '' : `+ ${constant}`];
  return parts.filter((part) => part !== '').join(' ');
}
