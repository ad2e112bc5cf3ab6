import { fieldLayout } from '../system-register-fields.ts';

/** A register as GDB numbers it, in the order of the description. */
export type GdbRegister = { name: string; bits: 32 | 64 | 128 };

const core: GdbRegister[] = [
  ...Array.from({ length: 31 }, (_, n): GdbRegister => ({ name: `x${n}`, bits: 64 })),
  { name: 'sp', bits: 64 },
  { name: 'pc', bits: 64 },
  { name: 'cpsr', bits: 32 },
];
const fpu: GdbRegister[] = [
  ...Array.from({ length: 32 }, (_, n): GdbRegister => ({ name: `v${n}`, bits: 128 })),
  { name: 'fpsr', bits: 32 },
  { name: 'fpcr', bits: 32 },
];

/** Registers that a `g` packet holds: those of GDB's own AArch64 features. */
export const generalRegisters = core.length + fpu.length;

/** All registers: core, floating point, then the named system registers. */
export function gdbRegisters(systemRegisters: readonly string[]): GdbRegister[] {
  const known = new Set(fpu.map(({ name }) => name));
  return [...core, ...fpu, ...systemRegisters.filter((name) => !known.has(name)).map((name): GdbRegister => ({ name, bits: 64 }))];
}

/** Views of a vector register: element type, and how many of it. */
const elements = [
  ['d', [['f', 'ieee_double'], ['u', 'uint64'], ['s', 'int64']]],
  ['s', [['f', 'ieee_single'], ['u', 'uint32'], ['s', 'int32']]],
  ['h', [['f', 'ieee_half'], ['u', 'uint16'], ['s', 'int16']]],
  ['b', [['u', 'uint8'], ['s', 'int8']]],
  ['q', [['u', 'uint128'], ['s', 'int128']]],
] as const; // prettier-ignore
const elementCounts = { d: 2, s: 4, h: 8, b: 16, q: 1 } as const;

/** The target description ("Target Descriptions" in GDB's manual), in which system registers have their fields. */
export function targetDescription(registers: readonly GdbRegister[]): string {
  const system = registers.slice(generalRegisters);
  return `<?xml version="1.0"?>
<!DOCTYPE target SYSTEM "gdb-target.dtd">
<target version="1.0">
<architecture>aarch64</architecture>
<feature name="org.gnu.gdb.aarch64.core">
${flagsType('cpsr_flags', 4, 'spsr_el1')}
${core.map(({ name, bits }) => register(name, bits, coreTypes[name] ?? 'int')).join('\n')}
</feature>
<feature name="org.gnu.gdb.aarch64.fpu">
${vectorTypes()}
${fpu.map(({ name, bits }) => register(name, bits, bits === 128 ? 'aarch64v' : 'int', bits === 128 ? 'vector' : 'float')).join('\n')}
</feature>
<feature name="org.ukulele.system">
${system.map(({ name }) => flagsType(`${name}_fields`, 8, name)).join('')}
${system.map(({ name, bits }) => register(name, bits, fieldLayout(name) ? `${name}_fields` : 'int', 'system')).join('\n')}
</feature>
</target>
`;
}

const coreTypes: Readonly<Record<string, string>> = { sp: 'data_ptr', pc: 'code_ptr', cpsr: 'cpsr_flags' };

function register(name: string, bits: number, type: string, group = 'general'): string {
  return `<reg name="${name}" bitsize="${bits}" type="${type}" group="${group}"/>`;
}

function flagsType(id: string, bytes: number, layout: string): string {
  const fields = fieldLayout(layout);
  if (!fields) return '';
  const lines = fields.map(({ name, high, low }) => `<field name="${name.replace(/\W/g, '_')}" start="${low}" end="${high}"/>`).reverse();
  return `<flags id="${id}" size="${bytes}">${lines.join('')}</flags>\n`;
}

function vectorTypes(): string {
  const vectors = elements.flatMap(([letter, views]) =>
    views.map(([view, type]) => `<vector id="v${letter}${view}" type="${type}" count="${elementCounts[letter]}"/>`),
  );
  const unions = elements.map(
    ([letter, views]) =>
      `<union id="vn${letter}">${views.map(([view]) => `<field name="${view}" type="v${letter}${view}"/>`).join('')}</union>`,
  );
  const all = elements.map(([letter]) => `<field name="${letter}" type="vn${letter}"/>`).join('');
  return [...vectors, ...unions, `<union id="aarch64v">${all}</union>`].join('\n');
}
