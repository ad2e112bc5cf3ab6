import type { Block, Instruction, Value } from './types.ts';

/** The values that an instruction uses, in order: callee last for calls, phi operands by incoming edge. */
export function operandsOf(i: Instruction): readonly Value[] {
  switch (i.op) {
    case 'phi':
      return i.incoming.map((e) => e.value);
    case 'alloca':
      return i.count ? [i.count] : [];
    case 'call':
      return [...i.args.map((a) => a.value), ...i.bundles.flatMap((b) => b.values), i.callee];
    case 'callbr':
      return [...i.args.map((a) => a.value), i.callee];
    case 'br':
      return i.condition ? [i.condition] : [];
    case 'fence':
    case 'unreachable':
      return [];
    default:
      return i.operands;
  }
}

/** Blocks that a terminator may go to; empty for others. */
export function successorsOf(i: Instruction): readonly Block[] {
  switch (i.op) {
    case 'br':
    case 'indirectbr':
      return i.targets;
    case 'switch':
      return [...i.cases.map((c) => c.target), i.defaultTarget];
    case 'callbr':
      return [i.fallthrough, ...i.targets];
    default:
      return [];
  }
}

export function isTerminator(i: Instruction): boolean {
  switch (i.op) {
    case 'ret':
    case 'br':
    case 'switch':
    case 'indirectbr':
    case 'callbr':
    case 'unreachable':
      return true;
    default:
      return false;
  }
}

/** Replaces every value that the instruction uses. */
export function mapOperands(i: Instruction, map: (v: Value) => Value): void {
  switch (i.op) {
    case 'phi':
      for (const edge of i.incoming) edge.value = map(edge.value);
      return;
    case 'alloca':
      if (i.count) i.count = map(i.count);
      return;
    case 'call':
      i.args = i.args.map((a) => ({ ...a, value: map(a.value) }));
      i.bundles = i.bundles.map((b) => ({ ...b, values: b.values.map(map) }));
      i.callee = map(i.callee);
      return;
    case 'callbr':
      i.args = i.args.map((a) => ({ ...a, value: map(a.value) }));
      i.callee = map(i.callee);
      return;
    case 'br':
      if (i.condition) i.condition = map(i.condition);
      return;
    case 'fence':
    case 'unreachable':
      return;
    case 'ret':
      if (i.operands.length === 1) i.operands = [map(i.operands[0])];
      return;
    case 'getelementptr':
      i.operands = i.operands.map(map);
      return;
    case 'select':
    case 'cmpxchg':
    case 'insertelement':
      i.operands = [map(i.operands[0]), map(i.operands[1]), map(i.operands[2])];
      return;
    case 'icmp':
    case 'fcmp':
    case 'store':
    case 'atomicrmw':
    case 'insertvalue':
    case 'extractelement':
    case 'shufflevector':
      i.operands = [map(i.operands[0]), map(i.operands[1])];
      return;
    case 'fneg':
    case 'freeze':
    case 'load':
    case 'extractvalue':
    case 'va_arg':
    case 'switch':
    case 'indirectbr':
      i.operands = [map(i.operands[0])];
      return;
    default:
      if (i.operands.length === 2) i.operands = [map(i.operands[0]), map(i.operands[1])];
      else i.operands = [map(i.operands[0])];
  }
}
