/** What is known of the bits above a narrow integer in its register, from how its definition is selected. */
import type { Block, Instruction, Value } from '../ir/index.ts';

/** How many values a question may look at. */
const budget = 24;

/** Whether the register of the value has zeros above the value's width, to 32 bits or, for wider ones, to 64. */
export function zeroAbove(value: Value): boolean {
  return holds(value, zeroStep);
}

/** Whether a value of up to 32 bits has zeros above its width all the way to bit 63. */
export function clearAbove(value: Value): boolean {
  return holds(value, clearStep);
}

/** Yes, no, or yes if all of these. */
type Answer = boolean | readonly Value[];

/** Phis may ask about themselves: then the answer is that of the others. */
function holds(value: Value, step: (value: Value) => Answer): boolean {
  const seen = new Set<Value>([value]);
  const pending = [value];
  for (let at = pending.pop(); at; at = pending.pop()) {
    const answer = step(at);
    if (answer === false || seen.size > budget) return false;
    if (answer === true) continue;
    for (const each of answer) {
      if (seen.has(each)) continue;
      seen.add(each);
      pending.push(each);
    }
  }
  return true;
}

function zeroStep(value: Value): Answer {
  if (value.type.kind !== 'int') return true;
  const { bits } = value.type;
  if (bits === 32 || bits === 64 || bits === 1) return true;
  if (value.kind === 'int' || value.kind === 'zero') return true;
  if (value.kind === 'param') return value.attributes.has('zeroext');
  return value.kind === 'instruction' ? zeroInstruction(value, bits) : false;
}

function zeroInstruction(i: Instruction, bits: number): Answer {
  switch (i.op) {
    case 'load':
      return bits === 8 || bits === 16;
    case 'lshr':
    case 'zext':
    case 'udiv':
    case 'urem':
      return true;
    case 'and': {
      // One clean operand cleans the result.
      const clean = i.operands.find((o) => zeroStep(o) === true);
      return clean !== undefined;
    }
    case 'or':
    case 'xor':
      return i.operands.some((o) => isNegative(o, bits)) ? false : i.operands;
    case 'add':
    case 'mul':
    case 'shl':
      return i.flags.has('nuw') && !i.operands.some((o) => isNegative(o, bits)) ? i.operands : false;
    case 'call':
      return i.returnAttributes.has('zeroext');
    default:
      return joined(i);
  }
}

/** A constant that selection may widen with ones: to complement a value is to complement its whole register, and masks are what can be encoded. */
function isNegative(value: Value, bits: number): boolean {
  return value.kind === 'int' && BigInt.asIntN(bits, value.value) < 0n;
}

/** What hands on one of several values as it is. */
function joined(i: Instruction): Answer {
  if (i.op === 'phi') return i.incoming.map((e: { value: Value; block: Block }) => e.value);
  if (i.op === 'select') return i.operands.slice(1);
  return i.op === 'freeze' ? i.operands : false;
}

/** Selected as instructions that write a W register, which clears the upper half. */
const writesW = new Set(['add', 'sub', 'mul', 'udiv', 'sdiv', 'urem', 'srem', 'shl', 'lshr', 'ashr', 'and', 'or', 'xor', 'sext', 'icmp']);

function clearStep(value: Value): Answer {
  if (value.type.kind !== 'int' || value.type.bits > 32) return false;
  if (value.kind === 'int' || value.kind === 'zero') return true;
  if (value.kind !== 'instruction') return false;
  if (value.op === 'load') return [8, 16, 32].includes(value.type.bits);
  if (writesW.has(value.op)) return zeroAbove(value);
  // An extension is an instruction of its own only where the source is not clean.
  if (value.op === 'zext') return zeroAbove(value.operands[0]) ? value.operands : true;
  return joined(value);
}
