/** What an assembler remembers from one text to the next of the same object; copied before a pass so that the pass can be repeated. */
import type { ObjectSymbol, Section } from '../object/object.ts';
import type { Frame } from './frames.ts';
import type { LabelledRow, LineFile, LineLocation } from './line-table.ts';
import type { Value } from './expression.ts';
import type { LiteralPool } from './literals.ts';
import type { Macro } from './macros.ts';

export type Place = { file: string; line: number; column: number };

export type AssemblerState = {
  /** Where the last `.loc` was, and how many were there before it. */
  lastView?: { section: Section; offset: number; count: number };
  /** Rows of the line table, and what `.loc` said about the next instruction. */
  lines: { files: Map<number, LineFile>; rows: LabelledRow[]; pending?: LineLocation; isStatement?: boolean };
  /** `.file`. */
  sourceFile?: string;
  /** By lower-case name. */
  macros: Map<string, Macro>;
  /** `.req`: names for registers, by lower-case name. */
  registerNames: Map<string, string>;
  /** Symbols that `.set` gave a value. */
  equates: Map<ObjectSymbol, Value>;
  /** How often each numeric label has been defined. */
  numericLabels: Map<number, number>;
  /** Macro expansions so far, `\@`. */
  expansions: number;
  /** By section or piece of one. */
  pools: Map<Section, LiteralPool>;
  frames: Frame[];
  /** Which of `.eh_frame` and `.debug_frame` call frame information goes to. */
  frameSections: { ehFrame: boolean; debugFrame: boolean };
  /** Pieces of sections that `finish` appends to them, by section and number. */
  subsections: Map<Section, Map<number, Section>>;
  /** Nameless symbols in subsections; they move with them. */
  anchors: ObjectSymbol[];
  /** Where a local label was first used, for the complaint that it is not defined. */
  uses: Map<ObjectSymbol, Place>;
};

export function initialState(): AssemblerState {
  return {
    lines: { files: new Map(), rows: [] },
    macros: new Map(),
    registerNames: new Map(),
    equates: new Map(),
    numericLabels: new Map(),
    expansions: 0,
    pools: new Map(),
    frames: [],
    frameSections: { ehFrame: true, debugFrame: false },
    subsections: new Map(),
    anchors: [],
    uses: new Map(),
  };
}

export function copyState(state: AssemblerState): AssemblerState {
  return {
    ...state,
    lines: { ...state.lines, files: new Map(state.lines.files), rows: [...state.lines.rows] },
    macros: new Map(state.macros),
    registerNames: new Map(state.registerNames),
    equates: new Map(state.equates),
    numericLabels: new Map(state.numericLabels),
    pools: new Map([...state.pools].map(([section, pool]) => [section, pool.copy()])),
    frames: state.frames.map((frame) => ({
      ...frame,
      instructions: [...frame.instructions],
      rules: { ...frame.rules, saved: [...frame.rules.saved] },
    })),
    frameSections: { ...state.frameSections },
    subsections: new Map([...state.subsections].map(([section, parts]) => [section, new Map(parts)])),
    anchors: [...state.anchors],
    uses: new Map(state.uses),
  };
}
