/**
 * A64 assembler in GNU as syntax, for assembly files, module asm and inline asm. It writes into an {@link ObjectFile}; several texts may
 * go into one object and share macros, `.set` symbols and numeric labels, as in one file.
 */
import type { Problem, Result } from '../../problem.ts';
import { appendBytes, createObject, type ObjectFile, type ObjectSymbol, type Section } from '../object/object.ts';
import { displayName } from './fixups.ts';
import { appendFrames } from './frames.ts';
import { appendAssemblyUnit, appendLineTable } from './line-table.ts';
import { Journal } from './journal.ts';
import type { Position } from './output.ts';
import { Pass, type AssemblerOptions, type Hints } from './pass.ts';
import { copyState, initialState, type AssemblerState } from './state.ts';

export type { AssemblerOptions } from './pass.ts';

export type AssembleText = {
  /** For problems; line markers in the text override it. */
  file: string;
  /** Line of the text's first line in `file`; 1 when absent. */
  line?: number;
  /** Where the text begins to write, at the section's end; `.text` when absent. */
  section?: Section;
};

/** Sizes that depend on later sizes settle in two or three passes, or never. */
const MAX_PASSES = 16;

export class Assembler {
  private readonly object: ObjectFile;
  private readonly options: AssemblerOptions;
  private state: AssemblerState = initialState();

  constructor(object: ObjectFile, options: AssemblerOptions = {}) {
    this.object = object;
    this.options = options;
  }

  /**
   * Assembles a text at the ends of the sections it names. When there are errors the object is as it was before. Labels that other texts or
   * the code generator will define may be referred to.
   */
  assemble(text: string, { file, line = 1, section }: AssembleText): Problem[] {
    const before = this.state;
    let hints: Hints = new Map();
    for (let passes = 1; ; passes++) {
      const state = copyState(before);
      const journal = new Journal(this.object);
      const pass = new Pass(this.object, state, journal, this.options, hints);
      pass.run(text, file, line, section);
      const failed = pass.problems.some(({ severity }) => severity === 'error');
      if (pass.isConsistent && !failed) {
        this.state = state;
        return pass.problems;
      }
      const stuck = [...pass.unknown].filter(([name]) => !pass.defined.has(name));
      journal.rollback();
      if (stuck.length > 0 && (passes > 1 || !failed)) {
        return [
          ...pass.problems,
          ...stuck.map(([name, { place, what }]): Problem => ({
            severity: 'error',
            place,
            message: `${what} must be a number, but ${displayName(name)} is not defined`,
          })),
        ];
      }
      if (pass.isConsistent || (failed && passes > 2)) return pass.problems;
      if (passes === MAX_PASSES) {
        const place = { file, line, column: 0 };
        return [
          {
            severity: 'error',
            place,
            message: 'sizes depend on each other and do not settle',
            hint: 'remove the forward reference from .org, .skip or .if',
          },
        ];
      }
      hints = pass.defined;
    }
  }

  /** Places literal pools, subsections and call frame information; to be called once, after all texts. */
  finish(): Problem[] {
    const pass = new Pass(this.object, this.state, new Journal(this.object), this.options, new Map());
    for (const section of this.state.pools.keys()) {
      pass.position = this.positionOf(section);
      pass.placeLiterals();
    }
    pass.settle();
    for (const [base, parts] of this.state.subsections) this.appendSubsections(base, parts);
    pass.settleEquates();
    for (const [symbol, place] of this.state.uses)
      if (!symbol.place && symbol.binding === 'local')
        pass.problems.push({ severity: 'error', place, message: `${displayName(symbol.name)} is used but not defined` });
    const open = this.state.frames.filter((frame) => !frame.end);
    for (const { start } of open) {
      const section = start.place && 'section' in start.place ? start.place.section.name : '';
      pass.problems.push({ severity: 'error', message: `.cfi_startproc in section '${section}' has no .cfi_endproc` });
    }
    if (this.state.sourceFile !== undefined && this.object.sourceFile === '') this.object.sourceFile = this.state.sourceFile;
    this.appendLines();
    if (open.length === 0) appendFrames(this.object, this.state.frames, this.state.frameSections);
    return pass.problems;
  }

  private appendLines(): void {
    const { files, rows } = this.state.lines;
    // A text that writes the section itself knows better.
    const written = this.object.sections.some(({ name, size }) => name === '.debug_line' && size > 0);
    if (rows.length === 0 || written) return;
    const table = appendLineTable(this.object, files, rows);
    const { debug } = this.options;
    if (!debug || this.object.sections.some(({ name, size }) => name === '.debug_info' && size > 0)) return;
    const starts = new Map<Section, ObjectSymbol>();
    for (const { at } of rows) if (at.place && 'section' in at.place && !starts.has(at.place.section)) starts.set(at.place.section, at);
    const ranges = [...starts].map(([section, start]) => ({
      start,
      size: section.size - (start.place && 'section' in start.place ? start.place.offset : 0),
    }));
    appendAssemblyUnit(this.object, { ...debug, name: files.get(0)?.name ?? this.object.sourceFile }, table, ranges);
  }

  private positionOf(section: Section): Position {
    for (const [base, parts] of this.state.subsections) for (const [number, part] of parts) if (part === section) return { base, number };
    return { base: section, number: 0 };
  }

  private appendSubsections(base: Section, parts: ReadonlyMap<number, Section>): void {
    const pass = new Pass(this.object, this.state, new Journal(this.object), this.options, new Map());
    for (const [, part] of [...parts].sort(([a], [b]) => a - b)) {
      pass.position = { base, number: 0 };
      pass.fill(BigInt((part.align - (base.size % part.align)) % part.align), 0);
      const shift = base.size;
      base.align = Math.max(base.align, part.align);
      const last = base.mapping.at(-1)?.kind;
      const mapping = part.mapping.map(({ offset, kind }) => ({ offset: offset + shift, kind }));
      if (last === 'code' && part.size > 0 && mapping[0]?.offset !== shift) mapping.unshift({ offset: shift, kind: 'data' });
      if (part.type === 'nobits') base.size += part.size;
      else appendBytes(base, part.bytes.subarray(0, part.size));
      if (mapping[0]?.kind === last) mapping.shift();
      base.mapping.push(...mapping);
      base.relocations.push(...part.relocations.map((relocation) => ({ ...relocation, offset: relocation.offset + shift })));
      for (const symbol of [...this.object.symbols.values(), ...this.state.anchors]) moveSymbol(symbol, part, base, shift);
    }
  }
}

function moveSymbol(symbol: ObjectSymbol, from: Section, to: Section, shift: number): void {
  const { place } = symbol;
  if (place && 'section' in place && place.section === from) symbol.place = { section: to, offset: place.offset + shift };
}

/** Assembles a text into an object and finishes it. */
export function assembleInto(object: ObjectFile, text: string, options: AssembleText & AssemblerOptions): Problem[] {
  const assembler = new Assembler(object, options);
  const problems = assembler.assemble(text, options);
  return problems.some(({ severity }) => severity === 'error') ? problems : [...problems, ...assembler.finish()];
}

/** A whole assembly file to an object; warnings come with it. */
export function assembleFile(text: string, options: AssembleText & AssemblerOptions): Result<{ object: ObjectFile; problems: Problem[] }> {
  const object = createObject('');
  const problems = assembleInto(object, text, options);
  return problems.some(({ severity }) => severity === 'error') ? { ok: false, problems } : { ok: true, value: { object, problems } };
}
